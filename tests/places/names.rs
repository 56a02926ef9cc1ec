//! Names as the system resolves them, and whom TLS trusts.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::TempDir;

use crate::{
    ENGINES,
    node::{Extra, Node},
    stand_in::{StandIn, ok, places},
};

/// A provider that answers over TLS in the name of `localhost`, by a private authority whose certificate it leaves at `path`.
fn secure_provider(path: &Path) -> SocketAddr {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    fs::write(path, authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap());

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            // The other side may not trust it, and may leave whenever it likes.
            thread::spawn(move || answer_each(StreamOwned::new(session, stream)));
        }
    });
    addr
}

/// Answers one request after the other until the other side leaves.
fn answer_each(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() {
        head.extend(byte);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            if stream.write_all(&ok(&places(2))).is_err() {
                return;
            }
        }
    }
}

#[test]
fn a_name_is_found_in_the_systems_hosts_file() {
    for &engine in ENGINES {
        let provider = StandIn::well();
        let port = provider.base().rsplit(':').next().unwrap().to_owned();
        // The stand-in has one of the name's addresses, of which there may be two.
        let node = Node::start(engine, &format!("google-legacy=http://localhost:{port}"), &Extra::default());
        let mut client = node.client();
        client.whatsat("10 5").assert_places(1);
        client.whatsat("10 5").assert_places(1);
        assert_eq!(provider.connections(), 1, "{engine}");
        assert_eq!(provider.requests()[0].header("host"), Some(&*format!("localhost:{port}")), "{engine}");
    }
}

#[test]
fn a_name_that_is_not_known_is_told() {
    for &engine in ENGINES {
        let vars = [("HERD_PLACES_KEY", "AIzaSecret-0123")];
        let extra = Extra { vars: &vars, ..Extra::default() };
        // The top-level domain `invalid` never has a name (RFC 6761).
        let node = Node::start(engine, "google-legacy=https://places.invalid", &extra);
        let mut client = node.client();
        let reply = client.whatsat("10 5");
        let told = reply.document["error_message"].as_str().unwrap();
        // Where no server of names answers, it is not known in time.
        let is_told = told.contains("name could not be resolved") || told.contains("did not answer in time");
        assert!(is_told, "{engine}: {told}");
        client.iamat();
    }
}

#[test]
fn a_private_authority_is_trusted_where_the_environment_says_so() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("authority.pem");
    let spec = format!("google-legacy=https://localhost:{}", secure_provider(&path).port());
    for &engine in ENGINES {
        let vars = [("SSL_CERT_FILE", path.to_str().unwrap())];
        let node = Node::start(engine, &spec, &Extra { vars: &vars, ..Extra::default() });
        let mut client = node.client();
        for _ in 0..2 {
            client.whatsat("10 5").assert_places(2);
        }
    }
}

#[test]
fn an_authority_that_nobody_named_is_not_trusted() {
    let dir = TempDir::new().unwrap();
    let port = secure_provider(&dir.path().join("authority.pem")).port();
    for &engine in ENGINES {
        // By another name it is not trusted either, which is an address here.
        for host in ["localhost", "127.0.0.1"] {
            let node = Node::start(engine, &format!("google-legacy=https://{host}:{port}"), &Extra::default());
            let mut client = node.client();
            client.whatsat("10 5").assert_failed(host, "UNKNOWN_ERROR", "no secure connection to the provider");
            client.iamat();
        }
    }
}
