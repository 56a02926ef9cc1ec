use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};

use super::VariantError;

/// Lines of each stream that are kept: what a person reads of a failure.
const KEPT: usize = 40;
/// Bytes of a line that are kept together; the rest of a longer one counts as the next line.
const LINE: u64 = 4096;
/// For a stream's end after its process was killed; one that left its process group may hold it open for ever.
const LINGER: Duration = Duration::from_secs(1);

/// A running process in a process group of its own. When it is dropped, the whole group is killed.
pub(crate) struct Process {
    child: Child,
    command: String,
    out: Output,
    err: Output,
}

impl Process {
    /// Starts a command in a process group of its own; failures tell it as `command`.
    pub(crate) fn of(started: &mut Command, command: String) -> Result<Self, VariantError> {
        started.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let not_started = |cause| VariantError::NotStarted { command: command.clone(), cause };
        let mut child = started.spawn().map_err(not_started)?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let nothing = || Box::new(io::empty()) as Box<dyn io::Read + Send>;
        let out = Output::of(out.map_or_else(nothing, |out| Box::new(out)));
        let err = Output::of(err.map_or_else(nothing, |err| Box::new(err)));
        Ok(Self { child, command, out, err })
    }

    /// The process ID, which is also its group's.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the line that tells that a server is ready.
    pub(crate) fn ready_line(&mut self, patience: Duration) -> Result<String, VariantError> {
        match self.out.ready_line(Instant::now() + patience) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => Err(self.late("ready", patience)),
            Err(RecvTimeoutError::Disconnected) => Err(self.ended_early(patience)),
        }
    }

    /// How the process ended before it was ready; one that only closed its output is killed.
    fn ended_early(&mut self, patience: Duration) -> VariantError {
        match self.wait(patience) {
            Ok(Some(status)) => self.failed(status),
            Ok(None) => self.late("ready", patience),
            Err(error) => error,
        }
    }

    /// Waits for the end of the process, kills what it left of its group, and gives its exit status; `None` when it
    /// has not ended in time.
    pub(crate) fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>, VariantError> {
        self.await_end(patience).map_err(|cause| VariantError::System { command: self.command.clone(), cause })
    }

    fn await_end(&mut self, patience: Duration) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            self.close();
            return Ok(Some(status));
        }
        let end = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty())?;
        let timeout = Timespec::try_from(patience).map_err(io::Error::other)?;
        if retry_on_intr(|| poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&timeout)))? == 0 {
            return Ok(None);
        }
        // The group's ID stays taken until its first process is waited for.
        let _is_empty = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let status = self.child.wait()?;
        self.close();
        Ok(Some(status))
    }

    fn close(&mut self) {
        self.out.close();
        self.err.close();
    }

    /// Whether the process has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, VariantError> {
        self.wait(Duration::ZERO)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), VariantError> {
        let system =
            |cause: rustix::io::Errno| VariantError::System { command: self.command.clone(), cause: cause.into() };
        kill_process_group(Pid::from_child(&self.child), signal).map_err(system)
    }

    pub(crate) fn failed(&self, status: ExitStatus) -> VariantError {
        VariantError::Failed { command: self.command.clone(), status, said: self.said() }
    }

    pub(crate) fn late(&self, awaited: &'static str, patience: Duration) -> VariantError {
        VariantError::Late { command: self.command.clone(), awaited, patience, said: self.said() }
    }

    pub(super) fn not_ready(&self, line: String) -> VariantError {
        VariantError::NotReady { command: self.command.clone(), line }
    }

    /// The first line that it printed, on its standard output or else on the other stream; empty where there is none.
    pub(super) fn first_line(&self) -> String {
        self.out.first_line().or_else(|| self.err.first_line()).unwrap_or_default()
    }

    /// The last lines on both streams.
    pub(crate) fn said(&self) -> String {
        self.out.last_lines() + &self.err.last_lines()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Once it is waited for, its ID may be another's.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _is_empty = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ended = self.child.wait();
            self.close();
        }
    }
}

/// One output stream of a process: read to its end, so that the process never waits, and kept in part.
struct Output {
    kept: Arc<Mutex<Kept>>,
    ready: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Kept {
    first: Option<String>,
    last: VecDeque<String>,
}

impl Output {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        // A server is ready once; whatever else looks so is let go.
        let (sender, ready) = sync_channel(1);
        let shared = Arc::clone(&kept);
        let reader = thread::spawn(move || read(stream, &shared, &sender));
        Self { kept, ready, reader: Some(reader) }
    }

    /// Waits for the line that tells that a server is ready; `Disconnected` at the end of the stream.
    fn ready_line(&self, deadline: Instant) -> Result<String, RecvTimeoutError> {
        self.ready.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// The first line that is not blank.
    fn first_line(&self) -> Option<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).first.clone()
    }

    /// The last lines.
    fn last_lines(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last.iter().fold(String::new(), |said, line| said + line + "\n")
    }

    /// Waits until the stream has ended, but not for long. Its process has.
    fn close(&mut self) {
        let deadline = Instant::now() + LINGER;
        while self.ready_line(deadline).is_ok() {}
        // One that goes on reads what the system closes with the last process that holds the stream.
        if let Some(reader) = self.reader.take_if(|reader| reader.is_finished() || Instant::now() < deadline) {
            let _panicked = reader.join();
        }
    }
}

fn read(stream: impl Read, kept: &Mutex<Kept>, ready: &SyncSender<String>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(stream.by_ref().take(LINE).read_until(b'\n', &mut line), Ok(length) if length > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if text.starts_with("ready ") {
            let _is_one_of_many = ready.try_send(text.clone());
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        line.clear();
    }
}

impl Kept {
    fn push(&mut self, line: String) {
        if self.first.is_none() && !line.is_empty() {
            self.first = Some(line.clone());
        }
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> Output {
        let mut output = Output::of(std::io::Cursor::new(text.as_bytes().to_vec()));
        output.reader.take().unwrap().join().unwrap();
        output
    }

    #[test]
    fn the_first_and_the_last_lines_are_kept() {
        let text = (0..100).fold("\n".to_owned(), |text, n| format!("{text}line {n}\n"));
        let output = output(&text);
        assert_eq!(output.first_line().as_deref(), Some("line 0"));
        assert_eq!(output.last_lines().lines().count(), KEPT);
        assert!(output.last_lines().ends_with("line 98\nline 99\n"));
    }

    #[test]
    fn a_stream_without_lines_is_not_kept_whole() {
        let output = output(&"x".repeat(1 << 20));
        assert!(output.last_lines().len() <= KEPT * (1 + usize::try_from(LINE).unwrap()));
    }
}
