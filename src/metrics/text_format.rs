//! The text format of Prometheus from before `OpenMetrics`, which is read by all.

use std::fmt::Write;

/// Its content type.
pub const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The same metrics in the older format: a family is named as its samples are, an info is a gauge that is 1, and there is neither a
/// unit nor an end.
#[must_use]
pub fn text_format(open_metrics: &str) -> String {
    let mut out = String::with_capacity(open_metrics.len());
    // The type comes after the help; both are of the family whose samples follow.
    let mut help: Option<(&str, &str)> = None;
    for line in open_metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), Some(family), text) => help = Some((family, text.unwrap_or_default())),
            (Some("#"), Some("TYPE"), Some(family), Some(kind)) => {
                let (suffix, kind) = match kind {
                    "counter" => ("_total", "counter"),
                    "info" => ("_info", "gauge"),
                    "unknown" => ("", "untyped"),
                    other => ("", other),
                };
                if let Some((_, text)) = help.take().filter(|(of, _)| *of == family) {
                    let _ = writeln!(out, "# HELP {family}{suffix} {text}");
                }
                let _ = writeln!(out, "# TYPE {family}{suffix} {kind}");
            }
            (Some("#"), ..) => {}
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_named_as_their_samples() {
        let open_metrics = "# HELP herd_build The program.\n# TYPE herd_build info\nherd_build_info{name=\"G\"} 1\n\
            # HELP herd_clients Open.\n# TYPE herd_clients gauge\nherd_clients 2\n\
            # HELP herd_wait_seconds Waits.\n# TYPE herd_wait_seconds counter\n# UNIT herd_wait_seconds seconds\n\
            herd_wait_seconds_total{peer=\"Hands\"} 3\n# EOF\n";
        let expected = "# HELP herd_build_info The program.\n# TYPE herd_build_info gauge\nherd_build_info{name=\"G\"} 1\n\
            # HELP herd_clients Open.\n# TYPE herd_clients gauge\nherd_clients 2\n\
            # HELP herd_wait_seconds_total Waits.\n# TYPE herd_wait_seconds_total counter\n\
            herd_wait_seconds_total{peer=\"Hands\"} 3\n";
        assert_eq!(text_format(open_metrics), expected);
    }
}
