use fastrand::Rng;

use crate::plan::{Plan, Workload};

/// The variants that run a workload, in the order in which a block runs them: drawn from the plan's seed, so that no
/// variant is always the first, and the same whenever the block is run.
pub(super) fn order<'a>(plan: &'a Plan, workload: &Workload, block: u32) -> Vec<&'a str> {
    let mut order = plan.runners(workload);
    let number = plan.workload.iter().position(|other| other.name == workload.name).unwrap_or(0);
    let stream = (u64::from(block) << 32) + number as u64;
    Rng::with_seed(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream)).shuffle(&mut order);
    order
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
}
