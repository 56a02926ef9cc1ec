use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use loadgen::http::Transport;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    Launch, VariantError,
    foreign::{self, Foreign},
    template::{Placeholder, Template},
};
use crate::fault::{Fault, demand};

/// What every file's name ends in.
pub(super) const SUFFIX: &str = ".variant.toml";

/// A server that can take part in a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name: that of its file without `.variant.toml`.
    pub name: String,
    /// The language it is written in.
    pub language: String,
    /// Its concurrency model, in a clause.
    pub model: String,
    /// What it needs on the machine.
    pub needs: Vec<Need>,
    /// How it tells that it is ready.
    pub ready: Readiness,
    /// Where its commands run.
    pub directory: PathBuf,
    /// Where its programs are looked for before `PATH`; what does not exist is passed over.
    pub(crate) path: Vec<PathBuf>,
    pub(super) build: Vec<Vec<String>>,
    start: Vec<Template>,
    pub(super) version: Vec<String>,
    /// What stands before the command line of a server that is started.
    pub(super) guard: Vec<String>,
    /// What it is to a comparison.
    pub part: Part,
    /// Why it does well or badly under a kind of load, as its NOTES explain it: a clause for each.
    pub explains: BTreeMap<LoadKind, String>,
    /// What carries commands to it.
    pub speaks: Transport,
    /// How it is told updates, where it is no server of the herd.
    pub foreign: Option<Foreign>,
}

/// Kinds of load that a reader tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadKind {
    /// Most connections say nothing.
    Idle,
    /// A connection for each few commands.
    Short,
    /// Several commands in flight on a connection.
    Pipelined,
    /// Searches alone.
    Searches,
    /// Updates and searches.
    Mixed,
    /// Updates alone.
    Updates,
}

/// What a variant is to a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// A server of the herd: nobody races who fails its conformance check.
    #[default]
    Server,
    /// A server that only replies: what any server of its model can reach. It is not checked.
    Ceiling,
    /// A server of the herd that does one thing otherwise, to show what that costs. Of the check it plays a command and its reply.
    Contrast,
}

/// Something that must be on the machine for a variant to be built and run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The probe: a command that exits with 0 where the thing is there.
    pub command: Vec<String>,
    /// What it is, and how to install it.
    pub install: String,
}

/// How a started server tells that it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It prints a line `ready NAME CLIENTS PEERS ADMIN`, with `-` for an address that it has not.
    Line,
    /// A client can connect where it was told to listen, or at this address if it listens there whatever it is told.
    Connect(Option<SocketAddr>),
}

/// The file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    language: String,
    model: String,
    #[serde(default)]
    directory: PathBuf,
    #[serde(default)]
    path: Vec<PathBuf>,
    #[serde(default)]
    build: Vec<Spanned<Vec<String>>>,
    start: Spanned<Vec<Spanned<String>>>,
    ready: Spanned<Ready>,
    address: Option<Spanned<SocketAddr>>,
    version: Spanned<Vec<String>>,
    needs: Vec<Spanned<Need>>,
    #[serde(default)]
    part: Part,
    #[serde(default)]
    explains: BTreeMap<LoadKind, String>,
    #[serde(default)]
    speaks: Transport,
    #[serde(default)]
    foreign: Option<Spanned<foreign::File>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Ready {
    Line,
    Connect,
}

impl Variant {
    /// Reads a `NAME.variant.toml`. Its commands run in the file's directory, or in the one that it names from there.
    pub fn read(path: &Path) -> Result<Self, VariantError> {
        let unreadable = |cause| VariantError::Unreadable { file: path.display().to_string(), cause };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut variant = parse(&text, path).map_err(|fault| VariantError::malformed(fault, path, &text))?;
        variant.directory = beside.join(variant.directory).canonicalize().map_err(unreadable)?;
        variant.path = variant.path.iter().map(|path| variant.directory.join(path)).collect();
        Ok(variant)
    }

    /// Starts another program in place of the one that the file names, such as a debug build under test.
    #[must_use]
    pub fn with_program(mut self, program: &str) -> Self {
        self.start[0] = Template::verbatim(program);
        self.build.clear();
        self
    }

    /// Starts each server by a command line that begins with these words and ends in its own.
    #[must_use]
    pub fn guarded_by(mut self, guard: Vec<String>) -> Self {
        self.guard = guard;
        self
    }

    /// The command line that starts one server, in the variant's directory. A journal below it is named from there, so that
    /// what is recorded holds no path of the machine, and is right on another.
    #[must_use]
    pub fn command_line(&self, launch: &Launch) -> Vec<String> {
        let below = launch.journal_dir.strip_prefix(&self.directory).ok();
        let launch = match below.filter(|path| !path.as_os_str().is_empty()) {
            Some(below) => &Launch { journal_dir: below.to_owned(), ..launch.clone() },
            None => launch,
        };
        let follow = self.foreign.iter().filter(|_| launch.primary.is_some()).flat_map(|foreign| &foreign.follow);
        self.start.iter().chain(follow).flat_map(|argument| argument.expand(launch)).collect()
    }

    /// Whether it writes a journal while it is measured.
    #[must_use]
    pub fn keeps_journal(&self) -> bool {
        self.start.iter().any(|argument| argument.holds(Placeholder::JournalDir))
    }
}

/// The paths of all variant files of a directory, in the order of their names.
pub fn in_directory(directory: &Path) -> Result<Vec<PathBuf>, VariantError> {
    let unreadable = |cause| VariantError::Unreadable { file: directory.display().to_string(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.to_string_lossy().ends_with(SUFFIX) {
            files.push(path);
        }
    }
    // Without the suffix, so that a name stands before the names that go on from it.
    files.sort_by_key(|path| path.to_string_lossy().trim_end_matches(SUFFIX).to_owned());
    Ok(files)
}

/// All variants of a directory, in the order of their names.
pub fn variants_in(directory: &Path) -> Result<Vec<Variant>, VariantError> {
    in_directory(directory)?.iter().map(|path| Variant::read(path)).collect()
}

fn parse(text: &str, path: &Path) -> Result<Variant, Fault> {
    let file: File = toml::from_str(text)?;
    check_name(&file.name, path)?;
    for command in file.build.iter().chain([&file.version]) {
        demand(command.span(), !command.get_ref().is_empty(), "a command is a program and its arguments")?;
    }
    for need in &file.needs {
        demand(need.span(), !need.get_ref().command.is_empty(), "`command` is a program and its arguments")?;
        demand(need.span(), !need.get_ref().install.trim().is_empty(), "`install` says how to install what is needed")?;
    }
    let start = start(&file.start)?;
    Ok(Variant {
        ready: readiness(&file, &start)?,
        name: file.name.into_inner(),
        language: file.language,
        model: file.model,
        needs: file.needs.into_iter().map(Spanned::into_inner).collect(),
        directory: file.directory,
        path: file.path,
        build: file.build.into_iter().map(Spanned::into_inner).collect(),
        start,
        version: file.version.into_inner(),
        guard: Vec::new(),
        part: file.part,
        explains: file.explains,
        speaks: file.speaks,
        foreign: file.foreign.map(foreign::read).transpose()?,
    })
}

fn check_name(name: &Spanned<String>, path: &Path) -> Result<(), Fault> {
    let is_in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let (span, name) = (name.span(), name.get_ref());
    demand(span.clone(), !name.is_empty() && name.bytes().all(is_in_name), "a name has only a to z, 0 to 9 and `-`")?;
    let file = format!("{name}{SUFFIX}");
    let is_file = path.file_name().is_some_and(|found| found == file.as_str());
    demand(span, is_file, &format!("the file of this variant must be called {file}"))
}

fn start(arguments: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Template>, Fault> {
    demand(arguments.span(), !arguments.get_ref().is_empty(), "`start` is a program and its arguments")?;
    let template = |argument: &Spanned<String>| {
        Template::parse(argument.get_ref()).map_err(|message| Fault::at(argument.span(), message))
    };
    arguments.get_ref().iter().map(template).collect()
}

fn readiness(file: &File, start: &[Template]) -> Result<Readiness, Fault> {
    let is_told = start.iter().any(|argument| argument.holds(Placeholder::Listen) || argument.holds(Placeholder::Port));
    match (file.ready.get_ref(), &file.address) {
        (Ready::Line, None) => Ok(Readiness::Line),
        (Ready::Line, Some(address)) => {
            Err(Fault::at(address.span(), "`address` goes with `ready = \"connect\"`; a ready line tells it"))
        }
        (Ready::Connect, Some(address)) if is_told => {
            let message = "`address` is for a server that is not told where to listen; `start` tells this one";
            Err(Fault::at(address.span(), message))
        }
        (Ready::Connect, Some(address)) => Ok(Readiness::Connect(Some(*address.get_ref()))),
        (Ready::Connect, None) if is_told => Ok(Readiness::Connect(None)),
        (Ready::Connect, None) => {
            let message = "where? `start` needs {listen} or {port}, or the file an `address` where it always listens";
            Err(Fault::at(file.ready.span(), message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "name = \"mine\"\nlanguage = \"C\"\nmodel = \"one thread\"\nstart = [\"./mine\", \"{port}\"]\n\
                         ready = \"connect\"\nversion = [\"./mine\", \"-v\"]\nneeds = []\n";

    /// What is said of a text in which one line is another.
    fn told(line: &str, instead: &str) -> String {
        assert!(SOUND.contains(line));
        let (path, text) = (Path::new("mine.variant.toml"), SOUND.replace(line, instead));
        VariantError::malformed(parse(&text, path).unwrap_err(), path, &text).to_string()
    }

    #[test]
    fn a_sound_file_is_read() {
        let variant = parse(SOUND, Path::new("some/mine.variant.toml")).unwrap();
        let launch = Launch::alone("Welsh", ([127, 0, 0, 1], 8000).into());
        assert_eq!(variant.command_line(&launch), ["./mine", "8000"]);
        assert_eq!(variant.ready, Readiness::Connect(None));
        assert_eq!(variant.with_program("./other").command_line(&launch), ["./other", "8000"]);
    }

    #[test]
    fn a_journal_is_named_from_the_directory_that_it_lies_below() {
        let text = SOUND.replace("\"{port}\"", "\"{port}\", \"{journal_dir}/mine\"");
        let mut variant = parse(&text, Path::new("some/mine.variant.toml")).unwrap();
        variant.directory = "/herd".into();
        let alone = Launch::alone("Welsh", ([127, 0, 0, 1], 8000).into());
        for (journals, named) in [("/herd/runs/.journals", "runs/.journals"), ("/other", "/other"), ("/herd", "/herd")]
        {
            let launch = Launch { journal_dir: journals.into(), ..alone.clone() };
            assert_eq!(variant.command_line(&launch), ["./mine", "8000", &format!("{named}/mine")]);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        for (line, instead, expected) in [
            ("needs = []", "nedes = []", "mine.variant.toml:7:1: unknown field `nedes`"),
            ("needs = []\n", "", "missing field `needs`"),
            ("\"mine\"\n", "\"Mine\"\n", ":1:8: a name has only a to z"),
            ("\"mine\"\n", "\"other\"\n", ":1:8: the file of this variant must be called other.variant.toml"),
            ("\"{port}\"", "\"{prot}\"", ":4:20: {prot} is unknown; there are {name}"),
            ("[\"./mine\", \"{port}\"]", "[]", ":4:9: `start` is a program"),
            (", \"{port}\"", "", ":5:9: where?"),
            ("\"connect\"", "\"soon\"", ":5:9: unknown variant `soon`"),
            ("\"connect\"", "\"line\"\naddress = \"127.0.0.1:1\"", ":6:11: `address` goes with"),
            ("\"connect\"", "\"connect\"\naddress = \"127.0.0.1:1\"", ":6:11: `address` is for a server that is not"),
            ("[\"./mine\", \"-v\"]", "[]", ":6:11: a command is a program"),
            (
                "needs",
                "foreign = { line = \"a\", expect = \"(\", follow = [], linked = { line = \"b\", expect = \"c\" } }\nneeds",
                ":7:34: `expect`",
            ),
            ("[]\n", "[{ command = [], install = \"it\" }]\n", ":7:10: `command` is a program"),
            ("[]\n", "[{ command = [\"x\"], install = \" \" }]\n", ":7:10: `install` says"),
        ] {
            let told = told(line, instead);
            assert!(told.contains(expected), "{told}\nis not\n{expected}");
        }
    }
}
