use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Lines of each stream that are kept: what a person reads of a failure.
const KEPT: usize = 40;
/// Bytes of a line that are kept together; the rest of a longer one counts as the next line.
const LINE: u64 = 4096;
/// For a stream's end after its process was killed; one that left its process group may hold it open for ever.
const LINGER: Duration = Duration::from_secs(1);

/// One output stream of a process: read to its end, so that the process never waits, and kept in part.
pub(super) struct Output {
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
    pub(super) fn of(stream: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        // A server is ready once; whatever else looks so is let go.
        let (sender, ready) = sync_channel(1);
        let shared = Arc::clone(&kept);
        let reader = thread::spawn(move || read(stream, &shared, &sender));
        Self { kept, ready, reader: Some(reader) }
    }

    /// Waits for the line that tells that a server is ready; `Disconnected` at the end of the stream.
    pub(super) fn ready_line(&self, deadline: Instant) -> Result<String, RecvTimeoutError> {
        self.ready.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// The first line that is not blank.
    pub(super) fn first_line(&self) -> Option<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).first.clone()
    }

    /// The last lines.
    pub(super) fn last_lines(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last.iter().fold(String::new(), |said, line| said + line + "\n")
    }

    /// Waits until the stream has ended, but not for long. Its process has.
    pub(super) fn close(&mut self) {
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
