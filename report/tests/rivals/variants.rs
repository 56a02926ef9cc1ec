//! Variants that can run here; a missing runtime is told loudly, and in CI fails the test.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use report::variant::{Part, Variant, VariantError, variants_in};

/// The rivals that `check` has a test for; Rust's own variants are tested in `tests/herd`.
pub(crate) const RIVALS: [&str; 8] = [
    "java-platform",
    "java-virtual",
    "lamp",
    "node",
    "python-aiohttp",
    "python-asyncio",
    "python-threads",
    "python-uvloop",
];

pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/rivals")
}

/// A variant of the project.
pub(crate) fn read(name: &str) -> Variant {
    Variant::read(&directory().join(format!("{name}.variant.toml"))).unwrap()
}

/// A variant of the project, built; `None` where its runtime is missing.
pub(crate) fn available(name: &str) -> Option<Variant> {
    let variant = read(name);
    if let Err(error @ VariantError::Missing { .. }) = variant.require() {
        // Not by a macro, whose output the test harness would keep to itself.
        io::stderr().write_all(format!("SKIPPED: {error}\n").as_bytes()).unwrap();
        assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
        return None;
    }
    build(&variant);
    Some(variant)
}

/// Builds a variant once, and none while another is built: two may be one program.
fn build(variant: &Variant) {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.contains(&variant.name) {
        variant.build().unwrap();
        built.insert(variant.name.clone());
    }
}

#[test]
fn every_variant_of_the_project_is_sound_and_every_rival_is_tested() {
    let variants = variants_in(&directory()).unwrap();
    let rivals: Vec<_> = variants
        .iter()
        .filter(|one| one.language != "Rust" && one.part == Part::Server && one.foreign.is_none())
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(rivals, RIVALS);
    let of_rust = |part| variants.iter().filter(move |one| one.language == "Rust" && one.part == part);
    let names = |part| of_rust(part).map(|one| one.name.as_str()).collect::<Vec<_>>();
    let journals = |engine: &str| [format!("{engine}-journal-connections"), format!("{engine}-journal-full")];
    let (tasks, threads) = (journals("herd-tasks"), journals("herd-threads"));
    let expected = [
        &["herd-tasks", "herd-tasks-current-thread", &tasks[0], &tasks[1]][..],
        &["herd-threads", "herd-threads-fresh", &threads[0], &threads[1], "herd-threads-twin"],
    ];
    assert_eq!(names(Part::Server), expected.concat());
    assert_eq!(names(Part::Ceiling), ["null-epoll", "null-threads"]);
    let contrasts = variants.iter().filter(|one| one.part == Part::Contrast).map(|one| one.name.as_str());
    assert_eq!(contrasts.collect::<Vec<_>>(), ["herd-tasks-one", "herd-threads-one", "python-coroutines"]);
    for variant in &variants {
        assert!(!variant.needs.is_empty(), "{} says nothing of what it needs", variant.name);
    }
}

#[test]
fn the_twin_is_the_threaded_herd_under_another_name() {
    let (herd, mut twin) = (read("herd-threads"), read("herd-threads-twin"));
    twin.name.clone_from(&herd.name);
    assert_eq!(twin, herd);
}
