use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use toml::{Table, Value};

use crate::variant::Variant;

/// A variant, and what its packages are read from.
pub(super) const SERVERS: [(&str, Source); 8] = [
    ("herd-threads", Source::Cargo { is_async: false }),
    ("herd-tasks", Source::Cargo { is_async: true }),
    ("java-platform", Source::Java("benches/rivals/java/HerdServer.java")),
    ("node", Source::Node("benches/rivals/node/server.mjs")),
    ("python-asyncio", Source::Python("benches/rivals/python/asyncio_server.py")),
    ("python-aiohttp", Source::Python("benches/rivals/python/aiohttp_server.py")),
    ("python-threads", Source::Python("benches/rivals/python/threaded_server.py")),
    ("python-uvloop", Source::Python("benches/rivals/python/asyncio_server.py")),
];

/// Where a server says what it is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The manifest, with or without the feature `async`.
    Cargo {
        /// With it.
        is_async: bool,
    },
    /// The imports of a file.
    Java(&'static str),
    /// The imports of a module.
    Node(&'static str),
    /// The imports of a file and of its neighbours, and what the variant's needs import.
    Python(&'static str),
}

/// The packages of a server that its language does not bring.
pub(super) fn packages(project: &Path, source: Source, variant: &Variant) -> anyhow::Result<BTreeSet<String>> {
    let read = |file: &str| fs::read_to_string(project.join(file)).with_context(|| file.to_owned());
    match source {
        Source::Cargo { is_async } => of_manifest(&read("Cargo.toml")?, is_async),
        Source::Java(file) => Ok(of_java(&read(file)?)),
        Source::Node(file) => Ok(of_node(&read(file)?)),
        Source::Python(file) => {
            let mut found = of_python(&project.join(file))?;
            let probes = variant.needs.iter().filter_map(|need| need.command.last());
            found.extend(
                probes.filter_map(|probe| probe.strip_prefix("import ")).map(root_of).filter(|name| name != "sys"),
            );
            Ok(found)
        }
    }
}

fn of_manifest(text: &str, is_async: bool) -> anyhow::Result<BTreeSet<String>> {
    let manifest: Table = toml::from_str(text)?;
    let dependencies = manifest.get("dependencies").and_then(Value::as_table).context("it has no dependencies")?;
    let is_optional = |value: &Value| value.get("optional").and_then(Value::as_bool) == Some(true);
    let taken = dependencies.iter().filter(|(_, value)| is_async || !is_optional(value));
    Ok(taken.map(|(name, _)| name.clone()).collect())
}

fn of_java(text: &str) -> BTreeSet<String> {
    let imports = text.lines().filter_map(|line| line.strip_prefix("import "));
    let names = imports.map(|name| name.trim_start_matches("static ").trim_end_matches(';').to_owned());
    names.filter(|name| !name.starts_with("java.") && !name.starts_with("javax.")).collect()
}

fn of_node(text: &str) -> BTreeSet<String> {
    let imports = text.lines().filter(|line| line.starts_with("import "));
    let names = imports.filter_map(|line| line.split(['\'', '"']).nth(1));
    names.filter(|name| !name.starts_with("node:") && !name.starts_with('.')).map(str::to_owned).collect()
}

/// The modules that a file imports first of all, and those of the files beside it that it imports, without Python's own.
fn of_python(file: &Path) -> anyhow::Result<BTreeSet<String>> {
    let (mut found, mut open, mut seen) = (BTreeSet::new(), vec![file.to_owned()], BTreeSet::<PathBuf>::new());
    while let Some(file) = open.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let imports = text.lines().filter_map(|line| line.strip_prefix("import ").or(line.strip_prefix("from ")));
        for name in imports.flat_map(|line| line.split(" import ").next().unwrap_or(line).split(", ")).map(root_of) {
            let beside = file.with_file_name(format!("{name}.py"));
            if beside.is_file() {
                open.push(beside);
            } else if !STANDARD.contains(&name.as_str()) {
                found.insert(name);
            }
        }
    }
    Ok(found)
}

/// The package of a module such as `urllib.parse`, which may be renamed.
fn root_of(name: &str) -> String {
    name.trim().split(['.', ' ', ',', ';']).next().unwrap_or_default().to_owned()
}

/// Of `sys.stdlib_module_names`, those that servers of the herd import. One that is missing here would be counted, and seen.
const STANDARD: [&str; 24] = [
    "argparse",
    "asyncio",
    "collections",
    "contextlib",
    "dataclasses",
    "decimal",
    "errno",
    "json",
    "logging",
    "os",
    "queue",
    "random",
    "re",
    "resource",
    "select",
    "signal",
    "socket",
    "ssl",
    "struct",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_language_brings_is_not_counted() {
        let java = "import static java.util.X.Y;\nimport java.io.*;\nimport javax.net.ssl.SSLContext;\nimport com.fasterxml.Json;\n";
        assert_eq!(of_java(java), BTreeSet::from(["com.fasterxml.Json".to_owned()]));
        let node = "import net from 'node:net';\nimport own from './own.mjs';\nimport express from 'express';\n";
        assert_eq!(of_node(node), BTreeSet::from(["express".to_owned()]));
        let manifest = "[dependencies]\nclap = \"4\"\ntokio = { version = \"1\", optional = true }\n";
        assert_eq!(of_manifest(manifest, false).unwrap().len(), 1);
        assert_eq!(of_manifest(manifest, true).unwrap().len(), 2);
    }

    #[test]
    fn python_files_are_followed_to_those_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.py");
        fs::write(&file, "import asyncio, b\nfrom urllib.parse import quote\n").unwrap();
        fs::write(dir.path().join("b.py"), "import a\nfrom aiohttp import X\nimport yarl as y\n").unwrap();
        let expected = ["aiohttp", "yarl"].map(str::to_owned);
        assert_eq!(of_python(&file).unwrap(), BTreeSet::from(expected));
    }
}
