use std::time::Duration;

use herd::protocol::{Rules, Time};

/// An update, as the assignment's example has it.
pub(crate) const IAMAT: &[u8] = b"IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";
/// A question that every provider answers without a call.
pub(crate) const WHATSAT: &[u8] = b"WHATSAT kiwi.cs.ucla.edu 10 0\n";
/// Commands in a segment where clients pipeline.
pub(crate) const SEGMENT: usize = 16;

/// The server's clock when the first command comes.
///
/// It moves on by 1 ns a command: that makes another skew, hence a greater AT line, so that the same bytes told again are
/// news each time (PROTOCOL section 5). The decimals start where the sum keeps to one digit of seconds.
pub(crate) const NOW: Time = Time { seconds: 1_520_023_935, nanos: 0 };

/// The next moment of such a clock.
pub(crate) fn tick(now: &mut Time) -> Time {
    *now = now.saturating_add(Duration::from_nanos(1));
    *now
}

/// What a session knows of Goloman.
pub(crate) fn rules() -> Rules {
    Rules {
        server: "Goloman".parse().expect("a well-formed name"),
        max_future_skew: Duration::from_hours(24),
        first_line: Duration::from_mins(1),
        line: Duration::from_secs(10),
        idle: Duration::from_mins(5),
        close_after_reply: false,
    }
}
