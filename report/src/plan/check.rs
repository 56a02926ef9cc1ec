use std::{collections::HashSet, ops::Range};

use toml::Spanned;

use super::{Contrast, Metric, Pace, Role, Workload, file::File};
use crate::fault::Fault;

/// Each delayed connection needs two descriptors of the server (METHOD section 4).
const MOST_DELAYED: u32 = 5_000;

/// Refuses a plan that cannot be run, or that METHOD forbids.
pub(super) fn check(file: &File, workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    check_frame(file)?;
    check_variants(file)?;
    if workloads.is_empty() {
        return Err(Fault::at(file.name.span(), "the plan has no [[workload]], no [[map]] and no [[rates]]"));
    }
    let variants: HashSet<&str> = file.variants.get_ref().iter().map(|name| name.get_ref().as_str()).collect();
    for workload in workloads {
        check_workload(workload, &variants)?;
    }
    check_files(&variants, workloads)?;
    check_primary(file, workloads)
}

fn check_frame(file: &File) -> Result<(), Fault> {
    demand_name(&file.name)?;
    demand(file.blocks.span(), (1..=999).contains(file.blocks.get_ref()), "blocks are 1 to 999")?;
    let is_time = |value: f64| value.is_finite() && (0.0..=3_600.0).contains(&value);
    for length in [&file.warmup_s, &file.stall_probe_s] {
        demand(length.span(), is_time(*length.get_ref()), "a time is 0 to 3600 seconds")?;
    }
    let measure_s = *file.measure_s.get_ref();
    demand(file.measure_s.span(), is_time(measure_s) && measure_s > 0.0, "a window is longer than 0 seconds")?;
    let margins = file.margins.get_ref();
    let are_shares =
        [margins.throughput, margins.cpu, margins.latency].iter().all(|share| *share > 0.0 && *share < 1.0);
    demand(file.margins.span(), are_shares, "a margin is a share between 0 and 1, such as 0.05 for 5 %")
}

fn check_variants(file: &File) -> Result<(), Fault> {
    let mut known = HashSet::new();
    for variant in file.variants.get_ref() {
        demand_name(variant)?;
        demand(variant.span(), known.insert(variant.get_ref().as_str()), "this variant is named twice")?;
    }
    for (role, named) in [("threads", &file.threads), ("tasks", &file.tasks), ("twin", &file.twin)] {
        if !known.contains(named.get_ref().as_str()) {
            let span = if named.span().is_empty() { file.variants.span() } else { named.span() };
            let message = format!("`{role}` is {:?}, which is not among `variants`", named.get_ref());
            return Err(Fault::at(span, message));
        }
    }
    demand(file.variants.span(), file.threads.get_ref() != file.twin.get_ref(), "`twin` must be a variant of its own")
}

fn check_workload(spanned: &Spanned<Workload>, variants: &HashSet<&str>) -> Result<(), Fault> {
    let (span, workload) = (spanned.span(), spanned.get_ref());
    let name = &workload.name;
    let told = |is_met: bool, message: &str| demand(span.clone(), is_met, &format!("workload {name}: {message}"));
    told(is_name(name), "a name has only a to z, 0 to 9 and `-`")?;
    if let Some(stranger) = workload.variants.iter().find(|variant| !variants.contains(variant.as_str())) {
        told(false, &format!("{stranger:?} is not among the plan's `variants`"))?;
    }
    told(workload.blocks != Some(0), "`blocks` is at least 1")?;
    told(workload.connections > 0 && workload.depth > 0, "`connections` and `depth` are at least 1")?;
    let shared = (1..=workload.connections).contains(&workload.workers);
    told(shared, "`workers` are at least 1, and no more than `connections`")?;
    told(workload.requests_per_connection != Some(0), "`requests_per_connection` is at least 1")?;
    told(workload.iamat + workload.whatsat > 0, "it sends nothing; give parts of `iamat` or `whatsat`")?;
    let delay_ms = workload.places_delay_ms;
    told(workload.whatsat == 0 || delay_ms.is_some(), "with `whatsat` it needs `places_delay_ms`, which may be 0")?;
    told(delay_ms.is_none_or(|delay_ms| (0.0..=60_000.0).contains(&delay_ms)), "`places_delay_ms` is 0 to 60000")?;
    let is_delayed = delay_ms.is_some_and(|delay_ms| delay_ms > 0.0) && workload.whatsat > 0;
    told(!is_delayed || workload.connections <= MOST_DELAYED, "with a delay, connections are 5000 at most (METHOD 4)")?;
    told(workload.measure_s.is_none_or(|measure_s| measure_s > 0.0 && measure_s <= 3_600.0), "`measure_s` is above 0")?;
    if let Pace::RatePerS(rate_per_s) = workload.pace {
        told(rate_per_s.is_finite() && rate_per_s > 0.0, "a rate is above 0")?;
    }
    match workload.role {
        Role::Memory => {
            let is_ascending = workload.steps.is_sorted_by(|left, right| left < right);
            told(
                workload.steps.len() > 1 && workload.steps[0] > 0 && is_ascending,
                "`steps` are two or more, ascending",
            )
        }
        Role::Herd | Role::Farthest => {
            let is_open = matches!(workload.pace, Pace::RatePerS(_));
            let message = "the herd is told updates alone, at a rate, by connections that stay";
            told(is_open && workload.whatsat == 0 && workload.requests_per_connection.is_none(), message)?;
            told(workload.idle == 0 && workload.steps.is_empty(), "`idle` and `steps` do not go with its role")
        }
        Role::Race | Role::Map | Role::Rate | Role::Capacity => {
            told(workload.steps.is_empty(), "`steps` go with the role `memory`")
        }
    }?;
    check_objective(spanned)
}

/// A capacity is searched under an objective, from a rate; nothing else has one.
fn check_objective(spanned: &Spanned<Workload>) -> Result<(), Fault> {
    let (span, workload) = (spanned.span(), spanned.get_ref());
    let told =
        |is_met: bool, message: &str| demand(span.clone(), is_met, &format!("workload {}: {message}", workload.name));
    match (workload.role, &workload.objective) {
        (Role::Capacity, Some(objective)) => {
            let begins = matches!(workload.pace, Pace::RatePerS(_));
            told(begins, "its `pace` is the rate about which the search begins, such as { rate-per-s = 4000.0 }")?;
            let delay_us = workload.excess_over_ms().unwrap_or(0.0) * 1e3;
            let bound_us = objective.latency_bound_us();
            told(bound_us.is_none_or(|us| us > delay_us), "its `objective` bounds latency by less than places take")
        }
        (Role::Capacity, None) => told(false, "it needs an `objective`, such as \"p99<=50ms,errors<=0.1%\""),
        (Role::Race | Role::Map | Role::Rate | Role::Memory | Role::Herd | Role::Farthest, objective) => {
            told(objective.is_none(), "an `objective` goes with the role `capacity`")
        }
    }
}

/// Every file of a block must have a name of its own: `VARIANT` and `VARIANT-WORKLOAD` are joined by what may stand in both.
fn check_files(variants: &HashSet<&str>, workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    let mut taken: HashSet<String> = variants.iter().map(|variant| (*variant).to_owned()).collect();
    for workload in workloads {
        for variant in variants {
            let name = format!("{variant}-{}", workload.get_ref().name);
            let message = format!("two files of a block would be called {name}; name the workload otherwise");
            demand(workload.span(), taken.insert(name), &message)?;
        }
    }
    Ok(())
}

fn check_primary(file: &File, workloads: &[Spanned<Workload>]) -> Result<(), Fault> {
    let most = most_primary(*file.blocks.get_ref());
    if let Some(beyond) = file.primary.get(most) {
        let message = format!("{} blocks bear {most} primary rows at most (METHOD 2.3)", file.blocks.get_ref());
        return Err(Fault::at(beyond.span(), message));
    }
    for (number, row) in file.primary.iter().enumerate() {
        let is_new = file.primary[..number].iter().all(|earlier| earlier.get_ref() != row.get_ref());
        demand(row.span(), is_new, "this row is named twice")?;
        let workload = workloads.iter().map(Spanned::get_ref).find(|workload| workload.name == row.get_ref().workload);
        let Some(workload) = workload else {
            return Err(Fault::at(row.span(), format!("there is no workload {:?}", row.get_ref().workload)));
        };
        check_row(row, workload, file)?;
        let (rows, blocks) = (file.primary.len(), workload.blocks.unwrap_or(*file.blocks.get_ref()));
        let message = format!("{blocks} blocks of {:?} can show nothing at the level of {rows} rows", workload.name);
        demand(row.span(), workload.blocks.is_none() || can_show(blocks, rows), &message)?;
    }
    Ok(())
}

fn check_row(row: &Spanned<Contrast>, workload: &Workload, file: &File) -> Result<(), Fault> {
    let (span, contrast) = (row.span(), row.get_ref());
    demand(span.clone(), contrast.a != contrast.b, "`a` and `b` are the same variant")?;
    for variant in [&contrast.a, &contrast.b] {
        let is_in_plan = file.variants.get_ref().iter().any(|known| known.get_ref() == variant);
        let runs = workload.variants.is_empty() || workload.variants.contains(variant);
        let message = format!("{variant:?} does not run the workload {:?}", workload.name);
        demand(span.clone(), is_in_plan && runs, &message)?;
    }
    let role = match contrast.metric {
        Metric::MemoryPerIdleConnection | Metric::MemoryPerActiveConnection => Some(Role::Memory),
        Metric::Capacity => Some(Role::Capacity),
        Metric::Throughput | Metric::CpuPerRequest | Metric::LatencyP50 | Metric::LatencyP90 => None,
        Metric::LatencyP99 => return Err(Fault::at(span, "p99 is described, never decided by (METHOD 2.5)")),
    };
    let has_own = |own: Role| (role == Some(own)) == (workload.role == own);
    let message = "memory is compared in workloads of the role `memory`, and nothing else is";
    demand(span.clone(), has_own(Role::Memory), message)?;
    demand(
        span.clone(),
        has_own(Role::Capacity),
        "capacity is compared in workloads of the role `capacity`, and nothing else is",
    )?;
    let is_of_herd = matches!(workload.role, Role::Herd | Role::Farthest);
    demand(span, !is_of_herd, "what the herd does is described, never decided by")
}

/// How many rows may decide: so many that so many blocks can show something at the level that they share (METHOD 2.3).
fn most_primary(blocks: u32) -> usize {
    match blocks {
        0..10 => 3,
        10..20 => 6,
        20.. => 20,
    }
}

/// Whether the exact signed-rank test of so many blocks, all of which agree, reaches the level that so many rows share.
fn can_show(blocks: u32, rows: usize) -> bool {
    2.0_f64.powi(1 - i32::try_from(blocks).unwrap_or(i32::MAX)) <= 0.05 / rows as f64
}

fn demand_name(name: &Spanned<String>) -> Result<(), Fault> {
    demand(name.span(), is_name(name.get_ref()), "a name has only a to z, 0 to 9 and `-`")
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn demand(span: Range<usize>, is_met: bool, message: &str) -> Result<(), Fault> {
    if is_met { Ok(()) } else { Err(Fault::at(span, message)) }
}
