use super::{Plan, Workload};

/// Descriptors of a process that are no connections: what the project's servers keep back for themselves.
pub(crate) const KEPT_BACK: u64 = 1_024;

impl Plan {
    /// Splits each workload that is raced on more variants than the load generator has descriptors for, into groups that all
    /// have threads, their A/A control and async: what is not in one race is not compared. The first group keeps the name.
    ///
    /// A workload whose groups would hold nobody else stays as it is, and is left out as a limit.
    #[must_use]
    pub fn grouped(mut self, descriptors: Option<u64>) -> Self {
        let Some(descriptors) = descriptors else { return self };
        let workloads = std::mem::take(&mut self.workload);
        self.workload = workloads.iter().flat_map(|workload| self.groups(workload, descriptors)).collect();
        self
    }

    fn groups(&self, workload: &Workload, descriptors: u64) -> Vec<Workload> {
        let each = u64::from(workload.connections + workload.idle).max(1);
        let room = usize::try_from(descriptors.saturating_sub(KEPT_BACK) / each).unwrap_or(usize::MAX);
        let runners = self.runners(workload);
        let is_shared = |name: &&str| [&self.threads, &self.twin, &self.tasks].iter().any(|shared| shared == name);
        let (shared, others): (Vec<&str>, Vec<&str>) = runners.iter().partition(|name| is_shared(name));
        if !workload.role.is_raced() || runners.len() <= room || room <= shared.len() {
            return vec![workload.clone()];
        }
        let groups: Vec<&[&str]> = others.chunks(room - shared.len()).collect();
        let group = |(number, others): (usize, &&[&str])| {
            let is_first = number == 1;
            Workload {
                name: if is_first { workload.name.clone() } else { format!("{}-{number}", workload.name) },
                about: format!("{}; group {number} of {}", workload.about, groups.len()),
                situation: workload.situation.clone().filter(|_| is_first),
                variants: shared.iter().chain(others.iter()).map(|name| (*name).to_owned()).collect(),
                ..workload.clone()
            }
        };
        (1..).zip(&groups).map(group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(descriptors: u64) -> Vec<(String, Vec<String>)> {
        let plan = Plan::find("standard").unwrap().grouped(Some(descriptors));
        let named = plan.workload.into_iter().filter(|workload| workload.name.starts_with("updates-1k"));
        named.map(|workload| (workload.name, workload.variants)).collect()
    }

    #[test]
    fn a_workload_that_fits_is_one_race() {
        assert_eq!(groups(20_000), [("updates-1k".to_owned(), Vec::new())]);
        let plan = Plan::find("standard").unwrap();
        assert_eq!(plan.clone().grouped(None), plan);
    }

    #[test]
    fn one_that_does_not_becomes_groups_that_share_threads_their_control_and_async() {
        let groups = groups(KEPT_BACK + 5_500);
        let [(one, first), (two, second), (three, third)] = &groups[..] else { panic!("{groups:?}") };
        assert_eq!([one, two, three], ["updates-1k", "updates-1k-2", "updates-1k-3"]);
        for group in [first, second, third] {
            assert_eq!(group[..3], ["herd-threads", "herd-threads-twin", "herd-tasks"]);
        }
        let others: Vec<&str> =
            [first, second, third].iter().flat_map(|group| &group[3..]).map(String::as_str).collect();
        assert_eq!(others, ["python-asyncio", "python-uvloop", "java-platform", "java-virtual", "node"]);
    }

    #[test]
    fn one_that_fits_in_no_group_stays() {
        assert_eq!(groups(KEPT_BACK + 3_500).len(), 1);
    }
}
