//! Races in slices on a machine whose speed changes within seconds.
//!
//! Invariant: nobody differs from anybody; what is told apart is the machine, the order and chance.

use fastrand::Rng;

use super::noise::{bimodal, normal, student_t3};

/// Variants of a race: threads, their control, tasks, and three rivals whose slices take time too.
const VARIANTS: usize = 6;
/// Slices of a variant in a race, and what one takes with its lead, seconds: those of the plan `quick`.
const SLICES: usize = 6;
const SLICE_S: f64 = 0.19;
/// The machine's log speed, a first-order autoregressive process with steps upon it. So large that runs one after the other
/// differ as recorded ones do: sd of the log of processor time 0.08 to 0.15.
const DRIFT: f64 = 0.06;
/// In which time the drift forgets, seconds.
const DRIFT_S: f64 = 2.0;
const STEP: f64 = 0.06;
/// How often a step comes, seconds: a new level is drawn.
const STEP_S: f64 = 3.0;
/// What a slice differs by on its own, in standard deviations of the shape.
const OWN: f64 = 0.03;
/// How exactly the speed probe tells the machine's log speed.
const PROBE: f64 = 0.02;
/// A race in which the machine is slower than this on average is void, for all variants: about one in ten.
const VOID_ABOVE: f64 = 0.09;

/// How a slice's own noise is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Normal.
    Normal,
    /// Student's t with three degrees of freedom.
    StudentT3,
    /// Three slices in ten fall into a slow mode.
    Bimodal,
}

impl Shape {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::Normal, Self::StudentT3, Self::Bimodal];

    /// A name for a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::StudentT3 => "t3",
            Self::Bimodal => "bimodal",
        }
    }

    fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Self::Normal => normal(rng),
            Self::StudentT3 => student_t3(rng),
            Self::Bimodal => bimodal(rng),
        }
    }
}

/// What one block measures of one variant: processor time per request, and the same over what the probe took before each slice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) plain: f64,
    pub(crate) by_probe: f64,
}

/// The machine's log slowness as time goes on.
struct Machine {
    drift: f64,
    step: f64,
}

impl Machine {
    fn new(rng: &mut Rng) -> Self {
        Self { drift: normal(rng), step: normal(rng) }
    }

    /// The mean over the next so many seconds, in slices.
    fn pass(&mut self, rng: &mut Rng) -> f64 {
        let rho = (-SLICE_S / DRIFT_S).exp();
        self.drift = rho * self.drift + (1.0 - rho * rho).sqrt() * normal(rng);
        if rng.f64() < SLICE_S / STEP_S {
            self.step = normal(rng);
        }
        DRIFT * self.drift + STEP * self.step
    }
}

/// Threads, control and tasks in one block: a race in slices that is not void.
pub(crate) fn race(shape: Shape, rng: &mut Rng) -> [Cost; 3] {
    loop {
        let mut machine = Machine::new(rng);
        let (mut costs, mut slowness) = ([Cost::default(); VARIANTS], 0.0);
        for _ in 0..SLICES / 2 {
            let mut round: Vec<usize> = (0..VARIANTS).collect();
            rng.shuffle(&mut round);
            // There and back, as `loadgen race` orders them.
            for &variant in round.iter().chain(round.iter().rev()) {
                let slow = machine.pass(rng);
                let cost = (slow + OWN * shape.draw(rng)).exp() / SLICES as f64;
                costs[variant].plain += cost;
                costs[variant].by_probe += cost / (slow + PROBE * normal(rng)).exp();
                slowness += slow / (VARIANTS * SLICES) as f64;
            }
        }
        if slowness <= VOID_ABOVE {
            let [threads, control, tasks, ..] = costs;
            return [threads, control, tasks];
        }
    }
}

/// The same where each variant has one window of as many slices, seconds after the other: what the design was before.
#[cfg(test)]
fn one_after_the_other(rng: &mut Rng) -> [f64; 2] {
    let mut machine = Machine::new(rng);
    [(); 2].map(|()| {
        let window: f64 = (0..2 * SLICES).map(|_| machine.pass(rng).exp()).sum();
        for _ in 0..5 * SLICES {
            machine.pass(rng);
        }
        window / (2 * SLICES) as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: usize = 4000;

    fn sd(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    }

    fn races(of: impl Fn([Cost; 3]) -> f64) -> Vec<f64> {
        let mut rng = Rng::with_seed(1);
        (0..BLOCKS).map(|_| of(race(Shape::Normal, &mut rng))).collect()
    }

    #[test]
    fn the_machine_is_as_restless_as_those_that_were_recorded() {
        let mut rng = Rng::with_seed(1);
        let runs: Vec<f64> = (0..BLOCKS).map(|_| one_after_the_other(&mut rng)).map(|[a, b]| (a / b).ln()).collect();
        assert!((0.08..=0.15).contains(&sd(&runs)), "{}", sd(&runs));
        let sliced = sd(&races(|[threads, control, _]| (threads.plain / control.plain).ln()));
        assert!((0.015..=0.05).contains(&sliced), "{sliced}");
    }

    #[test]
    fn pooling_takes_a_quarter_of_the_variance() {
        let alone = sd(&races(|[threads, _, tasks]| (threads.plain / tasks.plain).ln()));
        let pooled =
            sd(&races(|[threads, control, tasks]| ((threads.plain * control.plain).sqrt() / tasks.plain).ln()));
        assert!(((pooled / alone).powi(2) - 0.75).abs() < 0.05, "{pooled} against {alone}");
    }

    #[test]
    fn a_good_probe_lowers_the_variance_and_moves_no_mean() {
        let plain = races(|[threads, control, _]| (threads.plain / control.plain).ln());
        let by_probe = races(|[threads, control, _]| (threads.by_probe / control.by_probe).ln());
        assert!(sd(&by_probe) < sd(&plain), "{} against {}", sd(&by_probe), sd(&plain));
        let mean = by_probe.iter().sum::<f64>() / BLOCKS as f64;
        assert!(mean.abs() < 4.0 * sd(&by_probe) / (BLOCKS as f64).sqrt(), "{mean}");
    }
}
