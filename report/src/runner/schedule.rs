use fastrand::Rng;

use crate::plan::{Plan, Workload};

/// Stands for the starts where the orders of workloads have the workload's number.
const STARTS: u64 = 0xffff_ffff;

/// The variants that run a workload, in the order in which a block runs them: drawn from the plan's seed, so that no
/// variant is always the first, and the same whenever the block is run.
pub(super) fn order<'a>(plan: &'a Plan, workload: &Workload, block: u32) -> Vec<&'a str> {
    let mut order = plan.runners(workload);
    let number = plan.workload.iter().position(|other| other.name == workload.name).unwrap_or(0);
    draw(plan, block, number as u64, &mut order);
    order
}

/// Puts the servers of a block into the order in which they are started: what memory the first one gets, the others do not.
pub(super) fn starts<T>(plan: &Plan, block: u32, crew: &mut [T]) {
    draw(plan, block, STARTS, crew);
}

fn draw<T>(plan: &Plan, block: u32, what: u64, order: &mut [T]) {
    let stream = (u64::from(block) << 32) + what;
    Rng::with_seed(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream)).shuffle(order);
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
            let mut crew = [0, 1, 2, 3];
            starts(&plan, block, &mut crew);
            crew[0]
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
