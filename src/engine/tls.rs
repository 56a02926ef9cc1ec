use std::{io, sync::Arc};

use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};

use crate::places::{CallError, Origin};

/// How connections to a provider are secured.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) name: ServerName<'static>,
}

impl Tls {
    /// What an origin asks for: `None` where that is plain HTTP. Reads the system's certificates.
    pub(crate) fn new(origin: &Origin) -> anyhow::Result<Option<Self>> {
        if !origin.is_https {
            return Ok(None);
        }
        let name = ServerName::try_from(origin.host.clone())?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        let config = Arc::new(builder.with_root_certificates(roots()).with_no_client_auth());
        Ok(Some(Self { config, name }))
    }
}

/// Whom to trust: Mozilla's list, which is built in, and the system's, in whose place `SSL_CERT_FILE` and `SSL_CERT_DIR` may
/// name others.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "some of the system's certificates are not trusted");
    }
    let (trusted, unread) = roots.add_parsable_certificates(system.certs);
    tracing::debug!(trusted, unread, "the system's certificates");
    roots
}

/// What a call failed of: the connection's error, or else what it means that the connection broke.
pub(crate) fn cause(error: &io::Error, broken: CallError) -> CallError {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => CallError::Timeout,
        _ if holds_tls(error) => CallError::Tls,
        _ => broken,
    }
}

fn holds_tls(error: &io::Error) -> bool {
    error.get_ref().and_then(|held| held.downcast_ref::<rustls::Error>()).is_some()
}
