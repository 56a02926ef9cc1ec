use std::{
    collections::VecDeque,
    fs,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{
    admin::Metrics,
    crew::{Crew, Member},
    entrants::Entrant,
    herd,
    judge::{Evidence, Figures, judge},
    load::{Load, warm_up},
    memory,
    outcome::{Driven, Outcome},
    places::between,
    rest::{Waiting, await_rest},
    rig::Rig,
    schedule::{order, starts},
    server::Server,
    tool::told,
};
use crate::{
    plan::{Plan, Role, Workload},
    results::{Cell, Found, Run, RunDirectory, Status},
    variant::Variant,
};

/// Attempts at one run, so that one variant that always breaks does not use up what all may repeat.
const ATTEMPTS: u32 = 3;

/// All that the blocks of a comparison share.
pub(super) struct Stage<'a> {
    pub(super) plan: &'a Plan,
    pub(super) directory: &'a RunDirectory,
    pub(super) entrants: &'a [Entrant],
    pub(super) rig: Rig,
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

impl Stage<'_> {
    /// Runs what is missing of a block.
    pub(super) fn block(&mut self, block: u32) -> anyhow::Result<()> {
        let (missing, present) = self.survey(block)?;
        if missing == 0 {
            self.rig.progress.skip(self.plan.block_time(block));
            return Ok(());
        }
        let mut crew = self.assemble(block, present > 0)?;
        let plan = self.plan;
        for workload in plan.workloads_of(block) {
            self.race(&mut crew, block, workload)?;
        }
        for member in crew.members {
            if let Some(server) = member.server {
                self.directory.write_server_run(&server.end(block))?;
            }
        }
        self.rig.journals.clear();
        Ok(())
    }

    /// How many runs of a block are missing, and how many are there.
    fn survey(&self, block: u32) -> anyhow::Result<(usize, usize)> {
        let (mut missing, mut present) = (0, 0);
        for workload in self.plan.workloads_of(block) {
            for variant in self.runners(workload) {
                let cell = Cell { block, variant, workload: &workload.name };
                if self.is_missing(cell)? { missing += 1 } else { present += 1 }
            }
        }
        Ok((missing, present))
    }

    /// Whether a run is still to be made: there is none, or only broken ones that may be repeated.
    fn is_missing(&self, cell: Cell<'_>) -> anyhow::Result<bool> {
        match self.directory.run(cell)? {
            Found::Run(_) => Ok(false),
            Found::Nothing => {
                let attempts = self.directory.excluded(cell);
                Ok(attempts == 0 || (attempts < ATTEMPTS && self.repeats > 0))
            }
            Found::Damaged(why) => {
                let aside = self.directory.set_aside(cell)?;
                self.rig
                    .progress
                    .tell(&format!("a run is damaged ({why}) and measured anew; it is kept as {}", aside.display()));
                Ok(true)
            }
        }
    }

    /// The variants that run a workload and take part, in the plan's order.
    fn runners<'b>(&'b self, workload: &'b Workload) -> Vec<&'b str> {
        let takes_part = |name: &&str| self.entrant(name).is_some_and(Entrant::takes_part);
        self.plan.runners(workload).into_iter().filter(takes_part).collect()
    }

    fn entrant(&self, name: &str) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| entrant.variant.name == name)
    }

    /// Starts all servers of a block and warms each.
    fn assemble(&mut self, block: u32, is_resumed: bool) -> anyhow::Result<Crew> {
        let mut crew = Crew { members: Vec::new(), is_resumed };
        let (entrants, plan) = (self.entrants, self.plan);
        let is_in_crew = |entrant: &&Entrant| entrant.takes_part() && plan.is_in_crew(&entrant.variant.name, block);
        let mut starting: Vec<&Entrant> = entrants.iter().filter(is_in_crew).collect();
        starts(plan, block, &mut starting);
        for entrant in starting {
            self.rig.interrupt.check()?;
            self.rig
                .progress
                .show(&format!("block {block} of {}: starting {}", self.plan.blocks, entrant.variant.name));
            let server = self.start(&entrant.variant);
            crew.members.push(Member { name: entrant.variant.name.clone(), server: server.ok() });
        }
        for member in &mut crew.members {
            self.rig.progress.show(&format!("block {block} of {}: warming {}", self.plan.blocks, member.name));
            if let Some(server) = &mut member.server {
                self.warm(server)?;
                server.pause();
            }
            self.rig.progress.advance(self.plan.warm_up_time());
        }
        Ok(crew)
    }

    fn start(&self, variant: &Variant) -> Result<Server, String> {
        let started = Server::start(variant, &self.rig.launch);
        started.map_err(|error| {
            let why = format!("the server could not be started: {error}");
            self.rig.progress.tell(&format!("{}: {why}", variant.name));
            why
        })
    }

    fn warm(&self, server: &mut Server) -> anyhow::Result<()> {
        for load in warm_up(self.plan) {
            self.rig.places.delay(load.delay_ms)?;
            let driven = self.drive(&load, server)?;
            server.replies += replies(driven.result.as_ref());
        }
        Ok(())
    }

    /// Runs one workload on all its variants, then once more what broke.
    fn race(&mut self, crew: &mut Crew, block: u32, workload: &Workload) -> anyhow::Result<()> {
        let plan = self.plan;
        let mut broken = VecDeque::new();
        let mut position = 0;
        for variant in order(plan, workload, block) {
            position += 1;
            if !self.entrant(variant).is_some_and(Entrant::takes_part) {
                continue;
            }
            let turn = Turn { workload, cell: Cell { block, variant, workload: &workload.name }, position };
            if self.is_missing(turn.cell)? && self.attempt(crew, turn)? == Repetition::IsDue {
                broken.push_back(turn.cell);
            }
            self.rig.progress.advance(plan.run_time(workload));
        }
        while let Some(cell) = broken.pop_front() {
            position += 1;
            if self.is_missing(cell)? && self.attempt(crew, Turn { workload, cell, position })? == Repetition::IsDue {
                broken.push_back(cell);
            }
        }
        Ok(())
    }

    /// Makes one run and writes it down.
    fn attempt(&mut self, crew: &mut Crew, turn: Turn<'_>) -> anyhow::Result<Repetition> {
        self.rig.interrupt.check()?;
        let Turn { workload, cell, position } = turn;
        let attempt = self.directory.excluded(cell) + 1;
        if attempt > 1 {
            self.repeats = self.repeats.saturating_sub(1);
        }
        self.rig
            .progress
            .show(&format!("block {} of {}: {} {}", cell.block, self.plan.blocks, workload.name, cell.variant));
        let started_unix_s = unix_s();
        let outcome = self.outcome(crew, workload, cell)?;
        let run = Run {
            format: Run::FORMAT.to_owned(),
            block: cell.block,
            position,
            variant: cell.variant.to_owned(),
            workload: workload.name.clone(),
            attempt,
            is_resumed: crew.is_resumed,
            started_unix_s,
            status: outcome.status,
            command: outcome.command,
            server_command: outcome.server_command,
            waiting_cpu_share: outcome.waiting_cpu_share,
            places: outcome.places,
            memory: outcome.memory,
            journal_dropped: outcome.journal_dropped,
            herd: outcome.herd,
            loadgen: outcome.loadgen,
        };
        self.directory.write_run(&run)?;
        Ok(self.conclude(&run))
    }

    /// Tells a run that does not count, and whether it is due again.
    fn conclude(&self, run: &Run) -> Repetition {
        let (why, next) = match &run.status {
            Status::Measured => return Repetition::IsNotDue,
            Status::Limit(why) => (why, Repetition::IsNotDue),
            Status::Excluded(why) => (why, Repetition::IsDue),
        };
        self.rig.progress.tell(&format!("block {}, {} {}: {why}", run.block, run.workload, run.variant));
        next
    }

    fn outcome(&self, crew: &mut Crew, workload: &Workload, cell: Cell<'_>) -> anyhow::Result<Outcome> {
        if let Some(limit) = self.rig.fitness.limit_of(workload) {
            return Ok(Outcome { status: Status::Limit(limit.to_owned()), ..Outcome::default() });
        }
        let Some(entrant) = self.entrant(cell.variant) else { return Ok(Outcome::default()) };
        match workload.role {
            Role::Memory => memory::measure(self, &entrant.variant, workload, cell.block),
            Role::Herd | Role::Farthest => herd::measure(self, &entrant.variant, workload, cell.block),
            Role::Race | Role::Map | Role::Rate => {
                let load = Load::of(workload, self.plan, cell.block);
                self.measure(crew, &entrant.variant, workload, (&load, Figures::Times))
            }
            Role::Capacity => {
                let load = Load::of_search(workload, self.plan, cell.block, cell.variant);
                self.measure(crew, &entrant.variant, workload, (&load, Figures::Capacity))
            }
        }
    }

    /// Drives a workload on one server while the others wait.
    fn measure(
        &self,
        crew: &mut Crew,
        variant: &Variant,
        workload: &Workload,
        (load, figures): (&Load, Figures),
    ) -> anyhow::Result<Outcome> {
        if let Err(why) = self.revive(crew, variant)? {
            return Ok(Outcome { status: Status::Excluded(why), ..Outcome::default() });
        }
        let from = self.rig.places.delay(load.delay_ms)?;
        let Some(server) = crew.server(&variant.name) else { return Ok(Outcome::default()) };
        server.resume();
        await_rest(server);
        let waiting = Waiting::begin(crew.servers(|name| name != variant.name));
        let before = journal_dropped(variant, server);
        let driven = self.drive(load, server)?;
        let after = journal_dropped(variant, server);
        server.pause();
        let unrest = waiting.end();
        let places = between(from, self.rig.places.stats()?);
        let server_command = server.command.clone();
        let (ended, server_said) = crew.note(&variant.name, replies(driven.result.as_ref()));
        let status = judge(&Evidence {
            figures,
            load: driven.result.as_ref(),
            said: &driven.said,
            server_end: ended.as_deref(),
            server_said: &server_said,
            asked: places.requests,
            waiting: &unrest,
            most_steal: self.plan.margins.throughput,
        });
        Ok(Outcome {
            status,
            command: driven.command,
            server_command,
            waiting_cpu_share: unrest.share,
            places: (workload.whatsat > 0).then_some(places),
            journal_dropped: before.zip(after).map(|(before, after)| after.saturating_sub(before)),
            loadgen: driven.result.unwrap_or(Value::Null),
            ..Outcome::default()
        })
    }

    /// Starts and warms a server anew that has ended.
    fn revive(&self, crew: &mut Crew, variant: &Variant) -> anyhow::Result<Result<(), String>> {
        let Some(member) = crew.members.iter_mut().find(|member| member.name == variant.name) else {
            return Ok(Err("it has no server".to_owned()));
        };
        let is_alive = member.server.as_mut().is_some_and(|server| server.ended().is_none());
        if is_alive {
            return Ok(Ok(()));
        }
        member.server = None;
        match self.start(variant) {
            Ok(mut server) => {
                self.warm(&mut server)?;
                member.server = Some(server);
                Ok(Ok(()))
            }
            Err(why) => Ok(Err(why)),
        }
    }

    /// Lets the load generator drive a load on a server.
    pub(super) fn drive(&self, load: &Load, server: &Server) -> anyhow::Result<Driven> {
        let arguments = load.arguments(server.address(), server.id(), &self.directory.scratch());
        self.run_load(&arguments, load.patience())
    }

    /// Runs the load generator with these arguments, which tell it to write its result to the directory's scratch file.
    pub(super) fn run_load(&self, arguments: &[String], patience: Duration) -> anyhow::Result<Driven> {
        let scratch = self.directory.scratch();
        let ended = self.rig.tool.run(arguments, patience, &self.rig.interrupt)?;
        let text = fs::read(&scratch).unwrap_or_default();
        // What is left there would be taken for the next load's result.
        let _was_not_written = fs::remove_file(&scratch);
        let scratch = scratch.display().to_string();
        let repeatable = told(arguments).into_iter();
        let command = repeatable.map(|word| if word == scratch { "run.json".to_owned() } else { word }).collect();
        let result = ended.status.and_then(|_| serde_json::from_slice(&text).ok());
        Ok(Driven { command, result, said: ended.said })
    }
}

/// Whether a run is to be made once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repetition {
    IsDue,
    IsNotDue,
}

/// Events that a server's journal has lost so far; `None` for one that keeps none, or does not tell.
fn journal_dropped(variant: &Variant, server: &Server) -> Option<u64> {
    let admin = server.admin().filter(|_| variant.keeps_journal())?;
    Metrics::of(admin)?.sum("herd_journal_dropped_events_total")
}

/// Right replies of a run, or of all probes of a search.
fn replies(result: Option<&Value>) -> u64 {
    let of = |result: &Value| result["replies"].as_u64().unwrap_or(0);
    let of_all = |result: &Value| result["runs"].as_array().map(|runs| runs.iter().map(|run| of(&run["result"])).sum());
    result.map_or(0, |result| of_all(result).unwrap_or_else(|| of(result)))
}

pub(super) fn unix_s() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
