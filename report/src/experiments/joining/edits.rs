use anyhow::Context as _;
use herd::config::{DEFAULT_TOML, Herd};

/// The sixth server, and whom it talks with, by their positions in the default herd.
pub(super) const SIXTH: &str = "Ball";
pub(super) const TALKS_WITH: [usize; 2] = [0, 3];
const NAMES: [&str; 2] = ["Goloman", "Welsh"];
/// What the tables of servers end before.
const AFTER_SERVERS: &str = "# Where answers to WHATSAT come from.";

/// How many lines of the herd file it takes to add the sixth server: those that the edited file has and the default has not, without
/// blank ones. Both files are read as a server reads them.
pub(super) fn edited_lines() -> anyhow::Result<usize> {
    let table = format!(
        "[[server]]\nname = \"{SIXTH}\"\nclients = \"127.0.0.1:12005\"\npeers = \"127.0.0.1:12105\"\n\
         admin = \"127.0.0.1:12205\"\ntalks_with = [\"{}\", \"{}\"]\n\n",
        NAMES[0], NAMES[1]
    );
    let edited = DEFAULT_TOML.replace(AFTER_SERVERS, &(table + AFTER_SERVERS));
    let count = |text: &str| Herd::parse(text).map(|herd| herd.servers().len());
    let (before, after) = (count(DEFAULT_TOML)?, count(&edited)?);
    (after == before + 1).then_some(()).context("the default herd file has no place for a sixth server")?;
    let filled = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    Ok(filled(&edited) - filled(DEFAULT_TOML))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_table_of_six_lines() {
        assert_eq!(edited_lines().unwrap(), 6);
    }
}
