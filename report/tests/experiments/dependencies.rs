use report::experiments::dependencies;

use crate::workplace::{carry_out, value};

#[test]
fn only_rust_needs_a_package_for_tls_and_only_python_for_a_client() {
    let observations = carry_out(dependencies::run);
    let packages = |variant| value(&observations, variant, "packages", "direct").unwrap();
    for variant in ["java-platform", "node", "python-asyncio", "python-threads"] {
        assert!(packages(variant) < 0.5, "{variant} has {} packages", packages(variant));
    }
    assert!((packages("python-aiohttp") - 1.0).abs() < 0.5 && (packages("python-uvloop") - 1.0).abs() < 0.5);
    assert!(packages("herd-tasks") > packages("herd-threads") && packages("herd-threads") > 1.0);
    for (language, listens) in [("rust", 0.0), ("java", 1.0), ("python", 1.0), ("node", 1.0)] {
        let found = value(&observations, language, "tls", "listens");
        assert!(found.is_none_or(|found| (found - listens).abs() < 0.5), "{language}");
    }
}
