use report::experiments::kernels;

use crate::workplace::{carry_out, value, variants};

#[test]
fn every_kernel_allocates_and_computes() {
    // Figures of so short a run, beside other tests, say nothing of runtimes.
    let observations =
        carry_out(|context, observe| kernels::run_doses(context, kernels::DOSES.map(|dose| dose / 20), observe));
    for variant in variants(&observations) {
        for dose in kernels::DOSES.map(|dose| dose / 20) {
            let of = |metric| value(&observations, variant, &format!("objects={dose}"), metric).unwrap();
            for metric in ["cpu_ms", "wall_ms", "longest_gap_ms"] {
                assert!(of(metric) > 0.0, "{variant} {dose} {metric}: {}", of(metric));
            }
            assert!((0.0..=1.5).contains(&of("collection_share")), "{variant}: {}", of("collection_share"));
        }
        assert!(value(&observations, variant, "objects", "cpu_ns_per_object").unwrap().is_finite());
        let computes = ["rust", "java", "python", "node"].contains(&variant);
        let speed_up = value(&observations, variant, "threads", "speed_up");
        assert_eq!(speed_up.is_some_and(|speed_up| speed_up > 0.0), computes, "{variant}: {speed_up:?}");
    }
}
