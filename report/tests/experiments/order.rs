use report::experiments::order;

use crate::workplace::{carry_out, value, variants};

#[test]
fn nothing_is_overtaken_but_where_commands_run_side_by_side() {
    let observations = carry_out(order::run);
    for variant in variants(&observations) {
        let overtaken = |case| value(&observations, variant, case, "overtaken").unwrap();
        let is_logged = variant == "python-task-per-line-logged";
        assert!(overtaken("two-connections-waiting") < 0.5, "{variant}");
        // A thread that writes a line down lets another line go first, sooner or later in 400.
        assert_eq!(overtaken("one-connection") > 0.5, is_logged, "{variant}: {}", overtaken("one-connection"));
    }
    assert!(observations.iter().all(|one| one.trials == Some(400)));
    assert_eq!(observations.len(), 5 * variants(&observations).len());
}
