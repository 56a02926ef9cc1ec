/// A runtime, and how its kernel is run.
pub(super) struct Runtime {
    pub(super) name: &'static str,
    /// What compiles its kernel, from the project's directory; nothing where it is a script.
    pub(super) build: &'static [&'static str],
    pub(super) start: &'static [&'static str],
    /// The verb of its allocations.
    pub(super) allocate: &'static str,
    /// Whether it computes too: a variant of memory management computes like the other.
    pub(super) computes: bool,
    /// A command that succeeds where the runtime is here, and what to say where it is not.
    pub(super) needs: (&'static [&'static str], &'static str),
}

const RUSTC: &[&str] = &[
    "rustc",
    "--edition",
    "2024",
    "-C",
    "opt-level=3",
    "-o",
    "target/experiments/kernels/kernel",
    "benches/kernels/kernel.rs",
];
const RUST: (&[&str], &str) = (&["rustc", "--version"], "Rust: https://rustup.rs");
const JAVAC: &[&str] = &["javac", "--release", "17", "-d", "target/experiments/kernels", "benches/kernels/Kernel.java"];
const JAVA: (&[&str], &str) = (&["javac", "--version"], "a JDK, 17 or later: apt-get install openjdk-17-jdk-headless");
const PYTHON: (&[&str], &str) =
    (&["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], "Python 3.11 or later");
const NODE: (&[&str], &str) = (&["node", "--version"], "Node.js 18 or later");

pub(super) const RUNTIMES: [Runtime; 7] = [
    Runtime {
        name: "rust",
        build: RUSTC,
        start: &["target/experiments/kernels/kernel"],
        allocate: "allocate",
        computes: true,
        needs: RUST,
    },
    Runtime {
        name: "rust-counted",
        build: RUSTC,
        start: &["target/experiments/kernels/kernel"],
        allocate: "allocate-counted",
        computes: false,
        needs: RUST,
    },
    Runtime {
        name: "java",
        build: JAVAC,
        start: &["java", "-XX:+UseParallelGC", "-cp", "target/experiments/kernels", "Kernel"],
        allocate: "allocate",
        computes: true,
        needs: JAVA,
    },
    Runtime {
        name: "java-g1",
        build: JAVAC,
        start: &["java", "-XX:+UseG1GC", "-cp", "target/experiments/kernels", "Kernel"],
        allocate: "allocate",
        computes: false,
        needs: JAVA,
    },
    Runtime {
        name: "python",
        build: &[],
        start: &["python3", "benches/kernels/kernel.py"],
        allocate: "allocate",
        computes: true,
        needs: PYTHON,
    },
    Runtime {
        name: "python-uncollected",
        build: &[],
        start: &["python3", "benches/kernels/kernel.py"],
        allocate: "allocate-uncollected",
        computes: false,
        needs: PYTHON,
    },
    Runtime {
        name: "node",
        build: &[],
        start: &["node", "benches/kernels/kernel.mjs"],
        allocate: "allocate",
        computes: true,
        needs: NODE,
    },
];
