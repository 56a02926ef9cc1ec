use super::counts::Coarse;
use crate::result::SecondRow;

const SECOND_NS: u64 = 1_000_000_000;
/// Seconds that are kept apart, at 18 KB each: an hour. What comes later goes into the last one.
const MOST: usize = 3_600;

/// The window second by second: throughput by completion, latency by intended start. It grows with the length of the
/// window, 18 KB a second up to an hour, not with the number of requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seconds {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    due: u64,
    completed: u64,
    failed: u64,
    /// Made with the first latency.
    latency: Option<Coarse>,
}

impl Seconds {
    pub(crate) fn due(&mut self, at_ns: u64) {
        self.part(at_ns).due += 1;
    }

    pub(crate) fn completed(&mut self, at_ns: u64) {
        self.part(at_ns).completed += 1;
    }

    pub(crate) fn failed(&mut self, at_ns: u64) {
        self.part(at_ns).failed += 1;
    }

    pub(crate) fn latency(&mut self, at_ns: u64, latency_ns: u64) {
        self.part(at_ns).latency.get_or_insert_default().record(latency_ns);
    }

    /// The second of a time in nanoseconds after the start of the window.
    fn part(&mut self, at_ns: u64) -> &mut Part {
        let mut second = usize::try_from(at_ns / SECOND_NS).unwrap_or(usize::MAX);
        if second >= self.parts.len() {
            second = self.grow(second);
        }
        &mut self.parts[second]
    }

    /// Makes room for a second; says which one stands for it.
    #[cold]
    fn grow(&mut self, second: usize) -> usize {
        let second = second.min(MOST);
        if second >= self.parts.len() {
            self.parts.resize_with(second + 1, Part::default);
        }
        second
    }

    pub(crate) fn add(&mut self, other: &Self) {
        if self.parts.len() < other.parts.len() {
            self.parts.resize_with(other.parts.len(), Part::default);
        }
        for (sum, part) in self.parts.iter_mut().zip(&other.parts) {
            sum.add(part);
        }
    }

    /// Adds one second of another series to the first of this one.
    pub(crate) fn add_second(&mut self, other: &Self, second: u64) {
        let Some(part) = usize::try_from(second).ok().and_then(|second| other.parts.get(second)) else { return };
        self.part(0).add(part);
    }

    pub(crate) fn rows(&self) -> Vec<SecondRow> {
        self.parts.iter().zip(0..).map(|(part, second)| part.row(second)).collect()
    }

    /// The second of this time alone, for whoever watches.
    pub(crate) fn row(&self, second: u64) -> Option<SecondRow> {
        self.parts.get(usize::try_from(second).ok()?).map(|part| part.row(second))
    }
}

impl Part {
    fn add(&mut self, other: &Self) {
        self.due += other.due;
        self.completed += other.completed;
        self.failed += other.failed;
        if let Some(latency) = &other.latency {
            self.latency.get_or_insert_default().add(latency);
        }
    }

    fn row(&self, second: u64) -> SecondRow {
        let whole = self.latency.as_ref().map(Coarse::whole);
        let at = |quantile| whole.as_ref().map_or(0.0, |all| all.value_at_quantile(quantile) as f64 / 1e3);
        SecondRow {
            second,
            due: self.due,
            completed: self.completed,
            failed: self.failed,
            p50_us: at(0.5),
            p99_us: at(0.99),
            max_us: at(1.0),
        }
    }
}
