use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use report::variant::{Variant, VariantError};
use serde_json::Value;
use tempfile::TempDir;

use crate::processes::{MARK, marked};

/// For a comparison of a few seconds on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Two blocks of three servers and two workloads, each as short as can be.
const PLAN: &str = r#"
name = "tiny"
about = "a test"
seed = 5
blocks = 2
warmup_s = 0.1
measure_s = 0.1
stall_probe_s = 0.0
placement = "free"
variants = ["one", "one-twin", "two"]
threads = "one"
twin = "one-twin"
tasks = "two"
margins = { throughput = 0.05, cpu = 0.05, latency = 0.10 }
repeats = 0

[[workload]]
name = "busy"
role = "race"
about = "two connections"
connections = 2
pace = "closed"
iamat = 1

[[workload]]
name = "quiet"
role = "race"
about = "three idle connections beside a slow one"
connections = 1
idle = 3
pace = { rate-per-s = 200.0 }
iamat = 1
"#;

/// A workload that takes longer than all others, as it waits for memory to settle.
pub(crate) const MEMORY: &str = r#"
[[workload]]
name = "memory"
role = "memory"
about = "memory"
variants = ["one", "two"]
connections = 1
pace = "closed"
iamat = 1
steps = [2, 4]
"#;

/// The runs of one block of [`PLAN`].
pub(crate) const RUNS: usize = 6;

/// A directory with a plan and its variants, and a run directory to be.
pub(crate) struct World {
    dir: TempDir,
    /// What every process of its comparisons has in its environment.
    pub(crate) mark: String,
}

impl World {
    /// Variants that echo.
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mark = dir.path().display().to_string();
        let world = Self { dir, mark };
        fs::create_dir(world.path("variants")).unwrap();
        fs::write(world.path("plan.toml"), PLAN).unwrap();
        for name in ["one", "one-twin", "two"] {
            world.variant(name, &[program(), "loadgen", "null", "--model", "epoll", "--echo", "--listen", "{listen}"]);
        }
        world
    }

    /// One of whose variants, `two`, is the rival in Python, which needs no build; with these rivals besides, as they stand. None,
    /// said loudly, where one of them lacks something here.
    pub(crate) fn in_python(besides: &[&str]) -> Option<Self> {
        let rivals = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/rivals");
        let file = |name: &str| rivals.join(format!("{name}.variant.toml"));
        for name in [&["python-asyncio"], besides].concat() {
            if let Err(error @ VariantError::Missing { .. }) = Variant::read(&file(name)).unwrap().require() {
                // Not by a macro, whose output the test harness would keep to itself.
                io::stderr().write_all(format!("SKIPPED: {error}\n").as_bytes()).unwrap();
                assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
                return None;
            }
        }
        let world = Self::new();
        let project = rivals.join("../..");
        let project = format!("directory = {:?}\npart = \"ceiling\"", project.to_str().unwrap());
        let text = fs::read_to_string(file("python-asyncio")).unwrap().replace("\"python-asyncio\"", "\"two\"");
        fs::write(world.path("variants/two.variant.toml"), text.replace("directory = \"../..\"", &project)).unwrap();
        for name in besides {
            fs::copy(file(name), world.path(&format!("variants/{name}.variant.toml"))).unwrap();
        }
        Some(world)
    }

    /// Writes a variant that is started so.
    pub(crate) fn variant(&self, name: &str, start: &[&str]) {
        let text = format!(
            "name = {name:?}\nlanguage = \"Rust\"\nmodel = \"echo\"\npart = \"ceiling\"\nstart = {start:?}\n\
             ready = \"connect\"\nversion = [{:?}, \"--version\"]\nneeds = []\n",
            program()
        );
        fs::write(self.path(&format!("variants/{name}.variant.toml")), text).unwrap();
    }

    /// Replaces a part of the plan.
    pub(crate) fn change_plan(&self, text: &str, instead: &str) {
        let plan = fs::read_to_string(self.path("plan.toml")).unwrap();
        assert!(plan.contains(text), "{text}");
        fs::write(self.path("plan.toml"), plan.replace(text, instead)).unwrap();
    }

    /// Adds workloads to the plan.
    pub(crate) fn add_to_plan(&self, workloads: &str) {
        let plan = fs::read_to_string(self.path("plan.toml")).unwrap();
        fs::write(self.path("plan.toml"), plan + workloads).unwrap();
    }

    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.dir.path().join(inner)
    }

    /// A comparison that begins.
    pub(crate) fn begin(&self) -> Command {
        let mut command = self.command();
        command.arg("--plan").arg(self.path("plan.toml"));
        command
    }

    /// A comparison that goes on.
    pub(crate) fn go_on(&self) -> Command {
        let mut command = self.command();
        command.arg("--resume");
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.arg("compare").arg("--directory").arg(self.path("variants")).arg("--out").arg(self.path("out"));
        command.env(MARK, &self.mark).current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Every file of records and what stands beside them, by path.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in ["out/runs", "out/servers"] {
            walk(&self.path(folder), &mut files);
        }
        files
    }

    /// Every whole line that is written down, by `BLOCK-VARIANT-WORKLOAD`, with `.void-ATTEMPT` or `.failed-ATTEMPT` where it does not
    /// count, or `BLOCK-VARIANT` for a server run.
    pub(crate) fn lines(&self) -> BTreeMap<String, String> {
        let files = self.files().into_iter().filter(|file| file.extension().is_some_and(|found| found == "jsonl"));
        // What is being written now has no end yet.
        let lines = files.flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::to_owned).collect::<Vec<_>>()
        });
        lines.map(|line| (name(&serde_json::from_str(&line).unwrap()), line)).collect()
    }

    /// Every run that is written down, counted or not, by the name of its line.
    pub(crate) fn runs(&self) -> BTreeMap<String, Value> {
        let parsed = self.lines().into_iter().map(|(name, line)| (name, serde_json::from_str(&line).unwrap()));
        parsed.filter(|(_, run): &(String, Value)| run["format"] == "herd-run/3").collect()
    }

    /// A server run that is written down.
    pub(crate) fn server_run(&self, name: &str) -> Value {
        serde_json::from_str(&self.lines()[name]).unwrap()
    }

    /// Fails where a process of this world is still there.
    pub(crate) fn expect_no_process(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !marked(&self.mark).is_empty() {
            assert!(Instant::now() < deadline, "still there: {:?}", marked(&self.mark));
            std::thread::yield_now();
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

fn name(record: &Value) -> String {
    let text = |key: &str| record[key].as_str().unwrap();
    let server = format!("{:03}-{}", record["block"].as_u64().unwrap(), text("variant"));
    match (record["workload"].as_str(), record["status"]["is"].as_str()) {
        (None, _) => server,
        (Some(workload), Some(status @ ("void" | "failed"))) => {
            format!("{server}-{workload}.{status}-{}", record["attempt"])
        }
        (Some(workload), _) => format!("{server}-{workload}"),
    }
}

/// The program under test.
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_report")
}

/// Waits for the end of a comparison.
pub(crate) fn finished(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Waits until so many runs are written down.
pub(crate) fn await_runs(world: &World, comparison: &mut Child, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while world.runs().len() < count {
        assert!(comparison.try_wait().unwrap().is_none(), "it ended early: {:?}", world.lines().keys());
        assert!(Instant::now() < deadline, "only {:?}", world.lines().keys());
        std::thread::yield_now();
    }
}
