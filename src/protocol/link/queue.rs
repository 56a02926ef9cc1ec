use std::mem;

use memchr::memchr_iter;

/// What waits for a link: AT lines as they go over the wire, LF included, in one piece, so that a batch takes all of them
/// at once.
#[derive(Debug)]
pub struct Queue {
    lines: Vec<u8>,
    records: usize,
    max_records: usize,
}

impl Queue {
    /// An empty queue for this many records.
    #[must_use]
    pub fn new(max_records: usize) -> Self {
        Self { lines: Vec::new(), records: 0, max_records }
    }

    /// Takes an AT line, given without LF; says whether there was room for it.
    pub fn push(&mut self, line: &[u8]) -> bool {
        let has_room = self.records < self.max_records;
        if has_room {
            self.lines.extend_from_slice(line);
            self.lines.push(b'\n');
            self.records += 1;
        }
        has_room
    }

    /// How many records wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Forgets what waits, and gives its memory back.
    pub fn clear(&mut self) {
        self.lines = Vec::new();
        self.records = 0;
    }

    /// Moves up to `most` records to the end of `out`, those that have waited longest, and says how many.
    pub(super) fn take(&mut self, most: usize, out: &mut Vec<u8>) -> usize {
        if self.records > most {
            return self.take_some(most, out);
        }
        if out.is_empty() {
            mem::swap(out, &mut self.lines);
        } else {
            out.append(&mut self.lines);
        }
        mem::take(&mut self.records)
    }

    fn take_some(&mut self, count: usize, out: &mut Vec<u8>) -> usize {
        let Some(last) = count.checked_sub(1) else { return 0 };
        // There are more lines than are taken, so that the last of these has its LF.
        let end = memchr_iter(b'\n', &self.lines).nth(last).map_or(self.lines.len(), |line_feed| line_feed + 1);
        out.extend(self.lines.drain(..end));
        self.records -= count;
        count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_leave_in_the_order_in_which_they_came(
            max_records in 1..9_usize,
            turns in proptest::collection::vec((0..9_usize, 0..9_usize, any::<bool>()), 0..20),
        ) {
            let (mut queue, mut model) = (Queue::new(max_records), std::collections::VecDeque::new());
            let mut next = 0;
            for (come, most, into_empty) in turns {
                for _ in 0..come {
                    let line = format!("AT {next}");
                    next += 1;
                    let has_room = model.len() < max_records;
                    prop_assert_eq!(queue.push(line.as_bytes()), has_room);
                    model.extend(has_room.then_some(line));
                }
                let mut out = if into_empty { Vec::new() } else { b"before\n".to_vec() };
                let mut expected = String::from_utf8(out.clone()).unwrap();
                let taken = queue.take(most, &mut out);
                prop_assert_eq!(taken, most.min(model.len()));
                model.drain(..taken).for_each(|line| expected.extend([line.as_str(), "\n"]));
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
                prop_assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
            }
        }
    }
}
