//! A headless Chromium, told what to do by the `DevTools` protocol through two pipes: no port, and no crate for it.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// By which names a Chromium may be installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long one answer may take; a machine that builds at the same time is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser of its own, without a trace of the user's.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    next: u64,
    events: VecDeque<Value>,
    _profile: TempDir,
}

/// One tab.
pub(crate) struct Tab<'a> {
    browser: &'a mut Browser,
    session: String,
}

impl Browser {
    /// A running browser; `None`, told loudly, where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = NAMES.into_iter().find(|name| is_installed(name)) else {
            // Not by a macro, whose output the test harness would keep to itself.
            io::stderr().write_all(b"SKIPPED: no Chromium; apt-get install chromium\n").unwrap();
            assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let mut child = spawn(program, profile.path());
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Self { child, to, from: messages(from), next: 0, events: VecDeque::new(), _profile: profile })
    }

    /// A tab of this size in CSS pixels.
    pub(crate) fn tab(&mut self, width: u32, height: u32) -> Tab<'_> {
        let target = self.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            self.call(None, "Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        let mut tab = Tab { session: attached["sessionId"].as_str().unwrap().to_owned(), browser: self };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        tab.call("Emulation.setDeviceMetricsOverride", &size);
        tab
    }

    fn call(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if answer["id"] == json!(id) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            self.events.push_back(answer);
        }
    }
}

impl Tab<'_> {
    /// Calls a method of the protocol.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let session = self.session.clone();
        self.browser.call(Some(&session), method, parameters)
    }

    /// Goes to a file and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path) {
        self.call("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        while self.events(&["Page.loadEventFired"]).is_empty() {
            let event = self.browser.from.recv_timeout(PATIENCE).unwrap();
            self.browser.events.push_back(event);
        }
    }

    /// What a script gives that looks at the page.
    pub(crate) fn evaluate(&mut self, script: &str) -> Value {
        let result = self.call("Runtime.evaluate", &json!({"expression": script, "returnByValue": true}));
        assert!(result["exceptionDetails"].is_null(), "{result}");
        result["result"]["value"].clone()
    }

    /// Every event so far of these names.
    pub(crate) fn events(&self, names: &[&str]) -> Vec<&Value> {
        let is_own = |event: &Value| event["sessionId"] == self.session.as_str();
        let is_named = |event: &&Value| is_own(event) && names.iter().any(|name| event["method"] == *name);
        self.browser.events.iter().filter(is_named).map(|event| &event["params"]).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Nothing more can be done if it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// The browser reads from descriptor 3 and writes to 4, which a shell makes of the two pipes.
fn spawn(program: &str, profile: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", program])
        .args([
            "--headless",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        // The sandbox refuses root; the pages are the project's own.
        .arg("--no-sandbox")
        // Containers have little shared memory.
        .arg("--disable-dev-shm-usage")
        .arg(format!("--user-data-dir={}", profile.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Messages end with a zero byte.
fn messages(from: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut message = Vec::new();
        while from.read_until(0, &mut message).is_ok_and(|read| read > 0) {
            message.pop();
            if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                return;
            }
            message.clear();
        }
    });
    receiver
}
