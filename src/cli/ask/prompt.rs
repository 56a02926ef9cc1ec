use std::{env, fs, path::PathBuf, time::SystemTime};

use rustyline::{Config, DefaultEditor, error::ReadlineError};

use super::{
    super::{Failure, terminal},
    command,
    connection::Connection,
    show::shown,
};

/// Lines that are remembered.
const HISTORY: usize = 1000;

const HELP: &str = "\
IAMAT ID LOCATION [TIME]   tells where a client is; TIME is now unless given
                           IAMAT kiwi.cs.ucla.edu +34.068930-118.445127
WHATSAT ID KM RESULTS      asks what is near it, up to 50 km and 20 results
                           WHATSAT kiwi.cs.ucla.edu 10 5
exit, Ctrl-D               leaves
";

/// Asks what is typed until the user leaves. An answer that fails is told, and the prompt comes back.
pub(super) fn prompt(connection: &mut Connection) -> Result<(), Failure> {
    let mut editor = editor().map_err(|error| Failure::Failed(error.into()))?;
    let history = history();
    if let Some(file) = &history {
        // There is none the first time.
        let _none_yet = editor.load_history(file);
    }
    terminal::print("`help` says what can be asked, `exit` leaves.\n")?;
    let prompt = format!("{}> ", connection.target());
    loop {
        match editor.readline(&prompt) {
            Ok(line) => match line.trim() {
                "" => {}
                "exit" | "quit" => break,
                "help" => terminal::print(HELP)?,
                command => answer(connection, command)?,
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Failure::Failed(error.into())),
        }
    }
    if let Some(file) = history {
        remember(&mut editor, &file);
    }
    Ok(())
}

fn answer(connection: &mut Connection, line: &str) -> Result<(), Failure> {
    match connection.ask(&command::complete(line.as_bytes(), SystemTime::now())) {
        Ok(reply) => terminal::print(shown(&reply, true)),
        Err(Failure::Usage(error) | Failure::Failed(error)) => terminal::print(format!("{error}\n")),
        Err(Failure::Told) => Ok(()),
    }
}

fn editor() -> rustyline::Result<DefaultEditor> {
    let config = Config::builder().max_history_size(HISTORY)?.history_ignore_dups(true)?.auto_add_history(true).build();
    DefaultEditor::with_config(config)
}

/// Where lines are remembered: the XDG state directory, unless there is no home.
fn history() -> Option<PathBuf> {
    let absolute = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("herd").join("history"))
}

/// A history that cannot be kept is no reason to fail: the user has left.
fn remember(editor: &mut DefaultEditor, file: &PathBuf) {
    let kept = file.parent().map_or(Ok(()), fs::create_dir_all).map_err(ReadlineError::from);
    if let Err(error) = kept.and_then(|()| editor.save_history(file)) {
        let message = format!("cannot remember what was asked in {}: {error}", file.display());
        terminal::complain("note", &message);
    }
}
