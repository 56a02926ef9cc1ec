//! The variants as pages show them: names, colours, and who is a rival.

use serde::{Deserialize, Serialize};

use crate::results::{Manifest, Participation};

/// A variant as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantEntry {
    /// Its name.
    pub name: String,
    /// A short name for pictures: "threads", "tasks", "asyncio".
    pub label: String,
    /// Index of its colour and mark, the same on every picture and page: fixed for the project's own variants, then by
    /// name.
    pub colour: u32,
    /// Whether it is a rival: not one of the plan's `threads`, `tasks`, `twin`.
    pub is_rival: bool,
    /// Why it has no values: "not run: ..."; else empty.
    pub why: String,
}

/// The project's own variants: each has the colour of its place here on every page.
const KNOWN: [&str; 10] = [
    "herd-threads",
    "herd-tasks",
    "herd-threads-twin",
    "herd-tasks-current-thread",
    "java-platform",
    "java-virtual",
    "node",
    "python-asyncio",
    "python-threads",
    "python-uvloop",
];
/// What a short name leaves out, where the rest is still no other variant's.
const PREFIXES: [&str; 2] = ["herd-", "python-"];

/// Every variant of the plan as pages show it.
pub(super) fn entries(manifest: &Manifest) -> Vec<VariantEntry> {
    let plan = &manifest.plan;
    let mut strangers: Vec<&String> = plan.variants.iter().filter(|name| known(name).is_none()).collect();
    strangers.sort();
    let entry = |name: &String| VariantEntry {
        name: name.clone(),
        label: label(manifest, name),
        colour: known(name).unwrap_or_else(|| colour_of_stranger(&strangers, name)),
        is_rival: ![&plan.threads, &plan.tasks, &plan.twin].contains(&name),
        why: why(manifest, name),
    };
    plan.variants.iter().map(entry).collect()
}

/// A short name: what a variant is to the plan, else its name without a prefix if that stays unique.
pub(super) fn label(manifest: &Manifest, name: &str) -> String {
    let plan = &manifest.plan;
    for (role, label) in [(&plan.threads, "threads"), (&plan.tasks, "tasks"), (&plan.twin, "control")] {
        if role == name {
            return label.to_owned();
        }
    }
    let short = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    let is_taken = ["threads", "tasks", "control"].contains(&short)
        || plan.variants.iter().any(|other| other != name && other.ends_with(short));
    if is_taken { name.to_owned() } else { short.to_owned() }
}

fn known(name: &str) -> Option<u32> {
    KNOWN.iter().position(|known| *known == name).and_then(|index| u32::try_from(index).ok())
}

fn colour_of_stranger(strangers: &[&String], name: &String) -> u32 {
    let index = strangers.iter().position(|stranger| *stranger == name).unwrap_or_default();
    u32::try_from(KNOWN.len() + index).unwrap_or(u32::MAX)
}

fn why(manifest: &Manifest, name: &str) -> String {
    match manifest.participants.iter().find(|one| one.name == name).map(|one| &one.participation) {
        Some(Participation::NotRun(why)) => format!("not run: {why}"),
        Some(Participation::Takes) | None => String::new(),
    }
}

/// What differs between two variants besides the concurrency model, as far as their files say.
pub(super) fn differs(manifest: &Manifest, a: &str, b: &str) -> String {
    let plan = &manifest.plan;
    let is_pair = |one: &str, other: &str| [(a, b), (b, a)].contains(&(one, other));
    if is_pair(&plan.threads, &plan.tasks) {
        return "nothing but the model".to_owned();
    }
    if is_pair(&plan.threads, &plan.twin) {
        return "nothing: the same server".to_owned();
    }
    let of = |name: &str| manifest.participants.iter().find(|one| one.name == name);
    let (Some(one), Some(other)) = (of(a), of(b)) else { return "not known".to_owned() };
    if one.language == other.language {
        return format!("the program ({}, both {})", [a, b].map(|name| label(manifest, name)).join(", "), one.language);
    }
    format!("language, runtime and HTTP client ({}, {})", one.language, other.language)
}
