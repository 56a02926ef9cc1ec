use crate::plan::{Pace, Workload};

/// So near to what the delay allows, the server has no say.
const NEAR: f64 = 0.05;

/// Whether the delay of places alone sets this throughput: in a closed loop, connections over the delay of a mean request
/// (Little's law), within 5 %.
pub(super) fn is_bound(workload: &Workload, throughput_per_s: f64) -> bool {
    ceiling_per_s(workload).is_some_and(|ceiling| (throughput_per_s / ceiling - 1.0).abs() <= NEAR)
}

/// What a server without any cost would do; none where nothing but the server holds it back. Requests that are
/// outstanding together on a connection are answered one after the other, so that depth does not raise it.
fn ceiling_per_s(workload: &Workload) -> Option<f64> {
    match workload.pace {
        Pace::RatePerS(_) => return None,
        Pace::Closed => {}
    }
    let (iamat, whatsat) = (f64::from(workload.iamat), f64::from(workload.whatsat));
    let delay_s = workload.places_delay_ms? / 1e3 * whatsat / (iamat + whatsat);
    (delay_s > 0.0).then(|| f64::from(workload.connections) / delay_s)
}
