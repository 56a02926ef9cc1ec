use std::{fs, net::SocketAddr};

use report::variant::{Launch, Variant};
use tempfile::TempDir;

/// A variant whose server is a shell script, and the directory in which it runs.
pub(crate) struct Shell {
    pub(crate) dir: TempDir,
    pub(crate) variant: Variant,
}

/// A variant that starts this script, with what else its file says.
pub(crate) fn shell(script: &str, more: &str) -> Shell {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("server.sh"), script).unwrap();
    let file = dir.path().join("shell.variant.toml");
    let text = format!(
        "name = \"shell\"\nlanguage = \"sh\"\nmodel = \"none\"\nstart = [\"sh\", \"server.sh\", \"{{name}}\", \
         \"{{listen}}\"]\nversion = [\"sh\", \"-c\", \"echo; echo 7; echo 8\"]\n{more}\n"
    );
    fs::write(&file, text).unwrap();
    Shell { variant: Variant::read(&file).unwrap(), dir }
}

pub(crate) fn launch() -> Launch {
    Launch::alone("Welsh", SocketAddr::from(([127, 0, 0, 1], 0)))
}
