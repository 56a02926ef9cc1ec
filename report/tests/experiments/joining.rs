use report::experiments::joining;

use crate::workplace::{carry_out, value, variants};

#[test]
fn a_sixth_server_comes_to_know_every_client() {
    let observations = carry_out(joining::run);
    for variant in variants(&observations) {
        for (case, lines, restarts) in [("named", 0.0, 0.0), ("added", 6.0, 2.0)] {
            let of = |metric| value(&observations, variant, case, metric).unwrap();
            assert!((of("edited_lines") - lines).abs() < 0.5 && (of("restarted_servers") - restarts).abs() < 0.5);
            assert!(of("first_right_ms") > 0.0 && of("all_right_ms") >= of("first_right_ms"), "{variant} {case}");
            assert!(of("wrong_answers") < 0.5 && of("old_wrong_answers") < 0.5, "{variant} {case}");
            // Each of 2,000 clients comes at least once.
            assert!(of("records_received") >= 2000.0, "{variant} {case}: {}", of("records_received"));
        }
    }
}
