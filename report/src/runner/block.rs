use std::{collections::VecDeque, time::SystemTime};

use fastrand::Rng;

use super::{
    environment::Environment,
    measure::{self, Measurement},
    participants::PreparedVariant,
    servers::BlockServers,
};
use crate::{
    plan::{Plan, Role, Workload},
    results::{Cell, Run, RunDirectory, Status, Written},
    variant::Variant,
};

/// Attempts at one run, so that one variant that always breaks does not use up what all may repeat.
const ATTEMPTS: u32 = 3;
/// Stands for the starts where the orders of workloads have the workload's number.
const STARTS: u64 = 0xffff_ffff;

/// When and how a run was made.
#[derive(Clone, Copy)]
struct Made {
    position: u32,
    attempt: u32,
    is_resumed: bool,
    started_unix_s: f64,
}

/// All that the blocks of a comparison share.
pub(super) struct Blocks<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: &'a RunDirectory,
    pub(super) participants: &'a [PreparedVariant],
    pub(super) environment: Environment,
    /// What is written down so far.
    pub(super) written: Written,
    /// Broken runs that may still be repeated until the end of this block.
    pub(super) repeats: u32,
}

/// One run's place.
#[derive(Clone, Copy)]
struct Turn<'a> {
    workload: &'a Workload,
    cell: Cell<'a>,
    position: u32,
}

impl Blocks<'_> {
    /// Runs what is missing of a block.
    pub(super) fn run(&mut self, block: u32) -> anyhow::Result<()> {
        let (missing, present) = self.survey(block);
        if missing == 0 {
            self.environment.progress.skip(self.plan.block_time(block));
            return Ok(());
        }
        let plan = self.plan;
        let participants = self.participants;
        let has_server = |one: &&PreparedVariant| one.takes_part() && plan.has_block_server(&one.variant.name, block);
        let mut variants: Vec<&Variant> = participants.iter().filter(has_server).map(|one| &one.variant).collect();
        starts(plan, block, &mut variants);
        let mut servers = BlockServers::start(&variants, block, plan, &mut self.environment)?;
        servers.is_resumed = present > 0;
        for workload in plan.workloads_of(block) {
            if workload.role.is_raced() {
                self.race(&mut servers, block, workload)?;
            } else {
                self.run_each(&mut servers, block, workload)?;
            }
            self.environment.progress.advance(plan.workload_time(workload));
        }
        for server in servers.into_servers() {
            let server_run = server.end(block);
            // A resumed block has started its servers once more: the first that drained is kept.
            if self.written.add_server_run(&server_run) {
                self.directory.write_server_run(&server_run)?;
            }
        }
        self.environment.journals.clear();
        Ok(())
    }

    /// How many runs of a block are missing, and how many are there.
    fn survey(&self, block: u32) -> (usize, usize) {
        let (mut missing, mut present) = (0, 0);
        for workload in self.plan.workloads_of(block) {
            for variant in self.runners(workload) {
                let cell = Cell { block, variant, workload: &workload.name };
                if self.is_missing(cell) { missing += 1 } else { present += 1 }
            }
        }
        (missing, present)
    }

    /// Whether a run is still to be made: there is none, or only broken ones that may be repeated.
    fn is_missing(&self, cell: Cell<'_>) -> bool {
        let attempts = self.written.excluded(cell);
        !self.written.counts(cell) && (attempts == 0 || (attempts < ATTEMPTS && self.repeats > 0))
    }

    /// The variants that run a workload and take part, in the plan's order.
    fn runners<'b>(&'b self, workload: &'b Workload) -> Vec<&'b str> {
        let takes_part = |name: &&str| self.participant(name).is_some_and(PreparedVariant::takes_part);
        self.plan.runners(workload).into_iter().filter(takes_part).collect()
    }

    fn participant(&self, name: &str) -> Option<&PreparedVariant> {
        self.participants.iter().find(|participant| participant.variant.name == name)
    }

    /// Races all variants of a workload, and once more where the race was void.
    fn race(&mut self, servers: &mut BlockServers, block: u32, workload: &Workload) -> anyhow::Result<()> {
        let participants = self.participants;
        let names = self.runners(workload);
        let of = |name: &&str| participants.iter().find(|one| one.variant.name == **name).map(|one| &one.variant);
        let variants: Vec<&Variant> = names.iter().filter_map(of).collect();
        let names: Vec<String> = variants.iter().map(|variant| variant.name.clone()).collect();
        let cell = |variant| Cell { block, variant, workload: &workload.name };
        while let Some(name) = names.iter().find(|name| self.is_missing(cell(name))) {
            self.environment.interrupt.check()?;
            let attempt = self.written.excluded(cell(name)) + 1;
            if attempt > 1 {
                self.repeats = self.repeats.saturating_sub(1);
            }
            let plan = self.plan;
            self.environment.progress.show(&format!("block {block} of {}: {}", plan.blocks, workload.name));
            let environment = &self.environment;
            let started_unix_s = unix_s();
            let measurements = match environment.preflight.limit_of(workload) {
                Some(limit) => names.iter().map(|name| (name.clone(), Measurement::limit(limit))).collect(),
                None => measure::race(environment, plan, servers, &variants, workload, block)?,
            };
            for (position, (variant, measurement)) in (1..).zip(measurements) {
                let cell = Cell { block, variant: &variant, workload: &workload.name };
                let made = Made { position, attempt, is_resumed: servers.is_resumed, started_unix_s };
                self.write(cell, made, measurement)?;
            }
        }
        Ok(())
    }

    /// Runs one workload on each of its variants, then once more what was void.
    fn run_each(&mut self, servers: &mut BlockServers, block: u32, workload: &Workload) -> anyhow::Result<()> {
        let plan = self.plan;
        let mut broken = VecDeque::new();
        let mut position = 0;
        for variant in order(plan, workload, block) {
            position += 1;
            if !self.participant(variant).is_some_and(PreparedVariant::takes_part) {
                continue;
            }
            let turn = Turn { workload, cell: Cell { block, variant, workload: &workload.name }, position };
            if self.is_missing(turn.cell) && self.attempt(servers, turn)? == Repetition::IsDue {
                broken.push_back(turn.cell);
            }
        }
        while let Some(cell) = broken.pop_front() {
            position += 1;
            if self.is_missing(cell) && self.attempt(servers, Turn { workload, cell, position })? == Repetition::IsDue {
                broken.push_back(cell);
            }
        }
        Ok(())
    }

    /// Makes one run and writes it down.
    fn attempt(&mut self, servers: &mut BlockServers, turn: Turn<'_>) -> anyhow::Result<Repetition> {
        self.environment.interrupt.check()?;
        let Turn { workload, cell, position } = turn;
        let attempt = self.written.excluded(cell) + 1;
        if attempt > 1 {
            self.repeats = self.repeats.saturating_sub(1);
        }
        self.environment
            .progress
            .show(&format!("block {} of {}: {} {}", cell.block, self.plan.blocks, workload.name, cell.variant));
        let made = Made { position, attempt, is_resumed: servers.is_resumed, started_unix_s: unix_s() };
        let measurement = self.measurement(servers, workload, cell)?;
        self.write(cell, made, measurement)
    }

    /// Writes a run down, and tells one that does not count.
    fn write(&mut self, cell: Cell<'_>, made: Made, measurement: Measurement) -> anyhow::Result<Repetition> {
        // Command lines differ from block to block by ports and processes alone.
        let is_first = self.written.is_first(cell);
        let (command, server_command) =
            if is_first { (measurement.command, measurement.server_command) } else { Default::default() };
        let run = Run {
            line: 0,
            format: Run::FORMAT.to_owned(),
            block: cell.block,
            position: made.position,
            variant: cell.variant.to_owned(),
            workload: cell.workload.to_owned(),
            attempt: made.attempt,
            is_resumed: made.is_resumed,
            started_unix_s: made.started_unix_s,
            status: measurement.status,
            command,
            server_command,
            waiting_cpu_share: measurement.waiting_cpu_share,
            places: measurement.places,
            memory: measurement.memory,
            journal_dropped: measurement.journal_dropped,
            herd: measurement.herd,
            topology: measurement.topology,
            slices: measurement.slices,
            loadgen: measurement.loadgen,
        };
        self.directory.write_run(&run)?;
        self.written.add_run(&run);
        Ok(self.conclude(&run))
    }

    /// Tells a run that does not count, and whether it is due again.
    fn conclude(&self, run: &Run) -> Repetition {
        let (why, next) = match &run.status {
            Status::Measured => return Repetition::IsNotDue,
            Status::Limit(why) | Status::Failed(why) => (why, Repetition::IsNotDue),
            Status::Void(void) => (&void.detail, Repetition::IsDue),
        };
        self.environment.progress.tell(&format!("block {}, {} {}: {why}", run.block, run.workload, run.variant));
        next
    }

    fn measurement(
        &self,
        servers: &mut BlockServers,
        workload: &Workload,
        cell: Cell<'_>,
    ) -> anyhow::Result<Measurement> {
        if let Some(limit) = self.environment.preflight.limit_of(workload) {
            return Ok(Measurement::limit(limit));
        }
        let Some(participant) = self.participant(cell.variant) else { return Ok(Measurement::default()) };
        let (environment, plan, variant) = (&self.environment, self.plan, &participant.variant);
        match workload.role {
            Role::Memory => measure::memory(environment, plan, variant, workload, cell.block),
            Role::Herd | Role::Farthest => measure::herd(environment, plan, variant, workload, cell.block),
            Role::Topology => measure::topology(environment, plan, variant, workload, cell.block),
            Role::Race | Role::Map | Role::Rate | Role::Capacity => {
                measure::capacity(environment, plan, servers, variant, workload, cell.block)
            }
        }
    }
}

/// Whether a run is to be made once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repetition {
    IsDue,
    IsNotDue,
}

/// The variants that run a workload, in the order in which a block runs them: drawn from the plan's seed, so that no
/// variant is always the first, and the same whenever the block is run.
pub(super) fn order<'a>(plan: &'a Plan, workload: &Workload, block: u32) -> Vec<&'a str> {
    let mut order = plan.runners(workload);
    let number = plan.workload.iter().position(|other| other.name == workload.name).unwrap_or(0);
    draw(plan, block, number as u64, &mut order);
    order
}

/// Puts the servers of a block into the order in which they are started: what memory the first one gets, the others do not.
pub(super) fn starts<T>(plan: &Plan, block: u32, order: &mut [T]) {
    draw(plan, block, STARTS, order);
}

fn draw<T>(plan: &Plan, block: u32, what: u64, order: &mut [T]) {
    let stream = (u64::from(block) << 32) + what;
    Rng::with_seed(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream)).shuffle(order);
}

pub(super) fn unix_s() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_order_is_drawn_equally_often_and_again() {
        let plan = Plan::find("smoke").unwrap();
        let mut seen: HashMap<Vec<&str>, u32> = HashMap::new();
        for block in 1..=600 {
            *seen.entry(order(&plan, &plan.workload[0], block)).or_default() += 1;
        }
        // 100 of each of the 6 orders are expected; five standard deviations are 46.
        assert!(seen.len() == 6 && seen.values().all(|count| count.abs_diff(100) < 46), "{seen:?}");
        assert_eq!(order(&plan, &plan.workload[1], 7), order(&plan, &plan.workload[1], 7));
    }

    #[test]
    fn nobody_is_always_started_first() {
        let plan = Plan::find("smoke").unwrap();
        let first = |block| {
            let mut servers = [0, 1, 2, 3];
            starts(&plan, block, &mut servers);
            servers[0]
        };
        let mut counts = [0_u32; 4];
        for block in 1..=400 {
            counts[first(block)] += 1;
        }
        // 100 each are expected; five standard deviations are 43.
        assert!(counts.iter().all(|count| count.abs_diff(100) < 43), "{counts:?}");
        assert_eq!(first(7), first(7));
    }
}
