use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring, pki_types::CertificateDer};

use super::super::{
    Context,
    context::{Missing, words},
};

/// For a listener to start, and to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Whom the certificate is for.
const HOST: &str = "localhost";
const LINE: &str = "IAMAT kiwi +1-1 1\n";

/// A listener: how it is compiled, if it is, how it is started, and a command that fails where its language is missing.
pub(super) struct Listener {
    pub(super) language: &'static str,
    build: &'static [&'static str],
    start: &'static [&'static str],
    needs: &'static [&'static str],
}

/// One for each language whose standard library has one. Rust's has none.
pub(super) const LISTENERS: [Listener; 3] = [
    Listener {
        language: "java",
        build: &["javac", "--release", "17", "-d", "target/experiments/tls", "benches/rivals/tls/Listener.java"],
        start: &["java", "-cp", "target/experiments/tls", "Listener"],
        needs: &["javac", "--version"],
    },
    Listener {
        language: "python",
        build: &[],
        // -I -S: neither packages that are installed nor those of the folder.
        start: &["python3", "-I", "-S", "benches/rivals/tls/listener.py"],
        needs: &["python3", "--version"],
    },
    Listener {
        language: "node",
        build: &[],
        start: &["node", "benches/rivals/tls/listener.mjs"],
        needs: &["node", "--version"],
    },
];

/// Starts a listener with a certificate made for it alone, and sends it a line over TLS; fails where it does not come back.
pub(super) fn listens(context: &Context<'_>, listener: &Listener) -> anyhow::Result<Result<(), Missing>> {
    if let Err(error) = context.run(&context.project, &words(listener.needs), PATIENCE) {
        return Ok(Err(error.to_string().lines().next().unwrap_or_default().to_owned()));
    }
    let folder = context.folder("tls")?;
    if !listener.build.is_empty() {
        context.run(&context.project, &words(listener.build), PATIENCE)?;
    }
    let own = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
    let pem = |name: &str, text: String| write(&folder, &format!("{}-{name}.pem", listener.language), &text);
    let files = [pem("certificate", own.cert.pem())?, pem("key", own.signing_key.serialize_pem())?];
    let mut process = context.start(&context.project, &[words(listener.start), files.to_vec()].concat())?;
    let line = process.ready_line(PATIENCE)?;
    let address = line.strip_prefix("ready ").and_then(|address| address.parse().ok());
    let address: SocketAddr = address.with_context(|| format!("the listener said {line:?}"))?;
    let answer = exchange(address, own.cert.der())?;
    ensure!(answer == LINE, "the listener in {} sent {answer:?}", listener.language);
    Ok(Ok(()))
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<String> {
    let file = folder.join(name);
    fs::write(&file, text).with_context(|| file.display().to_string())?;
    Ok(file.display().to_string())
}

/// Sends the line over TLS to who has this certificate and no other, and gives what comes back.
fn exchange(address: SocketAddr, certificate: &CertificateDer<'static>) -> anyhow::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
    let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), HOST.try_into()?)?, socket);
    stream.write_all(LINE.as_bytes())?;
    let mut answer = vec![0; LINE.len()];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer)?)
}
