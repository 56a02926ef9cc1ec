//! What was typed, or stands in the environment in its place. What it means is for the commands to say.

use std::{env, ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{
    CommandFactory, FromArgMatches, Parser, Subcommand,
    builder::{RangedU64ValueParser, Resettable},
};

use crate::{
    config::{self, ConfigError, Herd, JournalMode, Limits, Peer, PlacesSettings, Provider, WhenFull},
    protocol::Name,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done; for serve and up: drained after SIGTERM or SIGINT
  1  failed; for up: a server could not start or had to be killed, or all have died;
     for `ask COMMAND`: no answer, or the server called the command invalid
  2  the command line or the config is wrong

Settings are taken from the config, then from the environment (HERD_*), then from flags. The key of a
places provider is read from HERD_PLACES_KEY or a file, never from a flag. HERD_LOG says what a server
logs to stderr (default info); NO_COLOR turns colours off.";

/// A herd of servers that know where clients are and what is near them.
#[derive(Parser, Debug)]
#[command(version, after_long_help = EXIT_CODES, after_help = "--help says more.")]
pub(super) struct Args<Flags: clap::Args> {
    #[command(subcommand)]
    pub(super) command: Command<Flags>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command<Flags: clap::Args> {
    /// Run one server in the foreground.
    Serve(Box<ServeArgs<Flags>>),
    /// Run the whole herd, one process per server.
    Up(UpArgs<Flags>),
    /// Ask a server: one command from the arguments, else lines from stdin or a prompt.
    Ask(AskArgs),
    /// Validate a config and print the herd it means.
    Check(CheckArgs),
    /// Print the default config, commented.
    Config,
}

#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub(super) struct ServeArgs<Flags: clap::Args> {
    /// The server of the config to run; with --listen and --peer-listen any name will do.
    pub(super) name: Name,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    #[command(flatten)]
    pub(super) addresses: AddressArgs,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(flatten)]
    pub(super) flags: Flags,
    /// End as on SIGTERM when this process, the parent, ends in whatever way.
    #[arg(long, value_name = "PID", hide = true, value_parser = clap::value_parser!(i32).range(1..))]
    pub(super) exit_with_parent: Option<i32>,
}

#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub(super) struct UpArgs<Flags: clap::Args> {
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    /// Passed on to every server as typed.
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    /// Passed on likewise.
    #[command(flatten)]
    pub(super) flags: Flags,
}

#[derive(clap::Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub(super) struct AskArgs {
    /// The server to ask: an address, or the name of a server of the config.
    #[arg(long, value_name = "ADDR|NAME", default_value = "127.0.0.1:12000")]
    pub(super) server: String,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    /// `IAMAT ID LOCATION [TIME]`, where TIME is now unless given, or `WHATSAT ID KM RESULTS`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(super) command: Vec<OsString>,
}

#[derive(clap::Args, Debug)]
pub(super) struct ConfigArgs {
    /// The config [default: the herd that `config` prints].
    #[arg(long, value_name = "FILE", env = "HERD_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Addresses")]
pub(super) struct AddressArgs {
    /// Where clients connect; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR", env = "HERD_LISTEN", value_parser = config::address)]
    pub(super) listen: Option<SocketAddr>,
    /// Where neighbours connect.
    #[arg(long, value_name = "ADDR", env = "HERD_PEER_LISTEN", value_parser = config::address)]
    pub(super) peer_listen: Option<SocketAddr>,
    /// Where the admin pages are.
    #[arg(long, value_name = "ADDR", env = "HERD_ADMIN_LISTEN", value_parser = config::address)]
    pub(super) admin_listen: Option<SocketAddr>,
    /// A neighbour and its peer address; repeated or separated by commas; replaces the config's neighbours.
    #[arg(long = "peer", value_name = "NAME=ADDR", env = "HERD_PEERS", value_delimiter = ',', value_parser = peer)]
    pub(super) peers: Vec<Peer>,
    /// No neighbours, whatever the config says.
    #[arg(long)]
    pub(super) no_peers: bool,
}

/// Settings that every server of a herd may share.
#[derive(clap::Args, Debug, Default)]
pub(super) struct SettingArgs {
    /// Who says what is near: none, gazetteer[=FILE], google[=URL], google-legacy[=URL] or wikipedia[=URL].
    #[arg(long, value_name = "SPEC", env = "HERD_PLACES", help_heading = "Places")]
    pub(super) places: Option<Provider>,
    /// Calls to the provider at once; further calls wait.
    #[arg(long, value_name = "N", env = "HERD_PLACES_IN_FLIGHT", help_heading = "Places",
          value_parser = up_to(PlacesSettings::MOST_IN_FLIGHT))]
    pub(super) places_in_flight: Option<usize>,
    /// A file whose first line is the provider's key; `HERD_PLACES_KEY` stands before it.
    #[arg(long, value_name = "FILE", env = "HERD_PLACES_KEY_FILE", help_heading = "Places")]
    pub(super) places_key_file: Option<PathBuf>,
    /// What is written down.
    #[arg(long, value_name = "MODE", env = "HERD_JOURNAL", help_heading = "Journal")]
    pub(super) journal: Option<JournalMode>,
    /// The directory of `NAME.jsonl`.
    #[arg(long, value_name = "DIR", env = "HERD_JOURNAL_DIR", help_heading = "Journal")]
    pub(super) journal_dir: Option<PathBuf>,
    /// The size at which a journal is rotated, for example 64MiB; at least 64KiB.
    #[arg(long, value_name = "SIZE", env = "HERD_JOURNAL_MAX_BYTES", help_heading = "Journal",
          value_parser = config::journal_size)]
    pub(super) journal_max_bytes: Option<u64>,
    /// Client connections at once.
    #[arg(long, value_name = "N", env = "HERD_MAX_CLIENTS", help_heading = "Limits",
          value_parser = up_to(Limits::MOST_CLIENTS))]
    pub(super) max_clients: Option<usize>,
    /// What becomes of a client beyond them.
    #[arg(long, value_name = "WHAT", env = "HERD_WHEN_FULL", help_heading = "Limits")]
    pub(super) when_full: Option<WhenFull>,
    /// Threads of `herd` that wait for another client when theirs has gone; 0 starts a thread for each client.
    #[arg(long, value_name = "N", env = "HERD_THREAD_CACHE", help_heading = "Limits",
          value_parser = RangedU64ValueParser::<usize>::new().range(0..=Limits::MOST_CLIENTS as u64))]
    pub(super) thread_cache: Option<usize>,
    /// Close each connection after its first reply, for clients that read to end of file.
    #[arg(long, help_heading = "Limits")]
    pub(super) close_after_reply: bool,
}

impl<Flags: clap::Args> Args<Flags> {
    /// Reads the process's arguments; exits with what clap has to say where they are wrong or ask for help.
    pub(super) fn typed(program: &'static str) -> Self {
        let matches = Self::named(program).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// The command line under a program's name. Values from the environment are not shown in help, and an empty one counts
    /// as none.
    fn named(program: &'static str) -> clap::Command {
        let adapt = |arg: clap::Arg| unless_empty(arg.hide_env_values(true));
        Self::command().name(program).bin_name(program).mut_subcommands(|command| command.mut_args(adapt))
    }
}

impl ConfigArgs {
    /// The herd that is meant.
    pub(super) fn herd(&self) -> Result<Herd, ConfigError> {
        self.config.as_deref().map_or_else(|| Ok(Herd::default()), Herd::read)
    }
}

/// Takes from an argument the variable that is set to nothing, which is how a shell or a container file unsets one.
fn unless_empty(arg: clap::Arg) -> clap::Arg {
    let is_empty = arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    if is_empty { arg.env(Resettable::Reset) } else { arg }
}

/// A count of at least one.
fn up_to(most: usize) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most as u64)
}

fn peer(text: &str) -> Result<Peer, String> {
    let (name, addr) = text.split_once('=').ok_or("a neighbour is NAME=ADDR, like Hands=127.0.0.1:12101")?;
    let name = name.parse().map_err(|error: crate::protocol::InvalidName| error.to_string())?;
    let addr = config::address(addr).map_err(|error| error.to_string())?;
    Ok(Peer { name, addr })
}

/// Reads a command line as a test types it.
#[cfg(test)]
pub(super) fn parse(line: &str) -> Result<Args<super::NoFlags>, clap::Error> {
    Args::try_parse_from(line.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::NoFlags, config::Runtime};

    #[test]
    fn the_command_line_is_well_formed() {
        Args::<NoFlags>::named("herd").debug_assert();
        Args::<Runtime>::named("herd-async").debug_assert();
    }

    #[test]
    fn help_says_everything() {
        let mut command = Args::<NoFlags>::named("herd").term_width(110);
        command.build();
        let mut help = vec![command.render_long_help().to_string()];
        for name in ["serve", "up", "ask", "check", "config"] {
            let command = command.find_subcommand_mut(name).unwrap();
            help.push(format!("---- {name} ----\n\n{}", command.clone().term_width(110).render_long_help()));
        }
        insta::assert_snapshot!(help.join("\n\n"));
    }

    #[test]
    fn only_the_async_engine_has_a_runtime() {
        for command in ["herd-async serve A", "herd-async up"] {
            let line = format!("{command} --runtime current-thread --workers 2");
            assert!(Args::<Runtime>::try_parse_from(line.split_whitespace()).is_ok(), "{line}");
            assert!(parse(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_runtimes_help_says_what_there_is_to_choose() {
        let mut command = Args::<Runtime>::named("herd-async").term_width(110);
        command.build();
        let mut serve = command.find_subcommand_mut("serve").unwrap().clone().term_width(110);
        let help = serve.render_long_help().to_string();
        let runtime = &help[help.find("Runtime:").unwrap()..help.find("Exit codes:").unwrap()];
        insta::assert_snapshot!(runtime);
    }

    #[test]
    fn what_is_typed_wrongly_is_told_what_would_be_right() {
        let lines = [
            "herd serve 9A",
            "herd serve A --listen localhost:1",
            "herd serve A --peer Hands:12101",
            "herd serve A --places bing",
            "herd up --max-clients 0",
            "herd up --max-clients 1000001",
            "herd up --places-in-flight 65537",
            "herd up --journal loud",
            "herd up --journal-max-bytes 0",
            "herd up --journal-max-bytes 1KiB",
            "herd up --listen 127.0.0.1:1",
        ];
        let told = lines.map(|line| format!("$ {line}\n{}", parse(line).unwrap_err()));
        insta::assert_snapshot!(told.join("\n"));
    }
}
