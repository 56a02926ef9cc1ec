//! Who talks with whom, by the servers' places in the config.

use std::collections::BTreeSet;

/// An undirected graph of servers.
pub(super) struct Graph {
    neighbours: Vec<BTreeSet<usize>>,
}

impl Graph {
    pub(super) fn new(servers: usize) -> Self {
        Self { neighbours: vec![BTreeSet::new(); servers] }
    }

    /// Talking is bidirectional, so it does not matter which side says so, or whether both do.
    pub(super) fn connect(&mut self, one: usize, other: usize) {
        self.neighbours[one].insert(other);
        self.neighbours[other].insert(one);
    }

    /// The neighbours of a server, in the order of the config.
    pub(super) fn neighbours(&self, server: usize) -> impl Iterator<Item = usize> + '_ {
        self.neighbours[server].iter().copied()
    }

    /// The parts that cannot reach each other; one part is a connected herd.
    pub(super) fn parts(&self) -> Vec<Vec<usize>> {
        let mut left: BTreeSet<usize> = (0..self.neighbours.len()).collect();
        let mut parts = Vec::new();
        while let Some(first) = left.pop_first() {
            parts.push(self.reach(first, &mut left));
        }
        parts
    }

    fn reach(&self, first: usize, left: &mut BTreeSet<usize>) -> Vec<usize> {
        let mut part = vec![first];
        let mut next = 0;
        while let Some(&server) = part.get(next) {
            part.extend(self.neighbours(server).filter(|neighbour| left.remove(neighbour)));
            next += 1;
        }
        part.sort_unstable();
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_cannot_reach_each_other() {
        let mut graph = Graph::new(5);
        graph.connect(4, 0);
        graph.connect(0, 2);
        assert_eq!(graph.parts(), [vec![0, 2, 4], vec![1], vec![3]]);
        graph.connect(1, 3);
        graph.connect(3, 2);
        assert_eq!(graph.parts(), [vec![0, 1, 2, 3, 4]]);
        assert_eq!(graph.neighbours(0).collect::<Vec<_>>(), [2, 4]);
    }
}
