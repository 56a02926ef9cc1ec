use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
};

use report::experiments::faults::{Language, Stage, Table, run};

use crate::workplace::carry_out;

/// Applies every patch, and has compilers, checkers, starts and requests find it. From nothing it takes minutes: the herd is built
/// with its faults, apart from the one that is tested.
#[test]
fn every_fault_is_found_where_the_table_says() {
    if std::env::var_os("CI").is_none() {
        let why = b"SKIPPED: seeded faults take minutes, as the herd is built with each; CI=true runs them\n";
        io::stderr().write_all(why).unwrap();
        return;
    }
    let table = Table::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let observations = carry_out(run);
    let (mut wrong, mut entries) = (Vec::new(), BTreeMap::new());
    for one in &observations {
        let fault = table.faults.iter().find(|fault| fault.kind == one.case).unwrap();
        let toolchains = Language::ALL.iter().flat_map(|language| language.toolchains());
        let toolchain = toolchains.clone().find(|toolchain| toolchain.name() == one.variant).unwrap();
        let expected = fault.found.get(toolchain).copied().map_or(Table::CANNOT, Stage::metric);
        if one.metric != expected {
            let note = one.note.as_deref().unwrap_or_default();
            wrong.push(format!("{} by {}: {} in place of {expected} ({note})", one.case, one.variant, one.metric));
        }
        *entries.entry((&one.variant, &one.case)).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(entries.values().all(|count| *count == 1), "{entries:?}");
}

#[test]
fn there_are_enough_faults_and_each_says_where_it_is_found() {
    let table = Table::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    let made = |language: &Language| table.faults.iter().filter(|fault| !fault.cannot.contains_key(language)).count();
    assert!(table.faults.len() >= 10 && Language::ALL.iter().map(made).sum::<usize>() >= 36);
    for fault in &table.faults {
        for language in Language::ALL {
            for toolchain in language.toolchains() {
                let is_made = !fault.cannot.contains_key(&language);
                assert_eq!(fault.found.contains_key(toolchain), is_made, "{} by {}", fault.kind, toolchain.name());
            }
        }
    }
}
