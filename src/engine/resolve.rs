use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use crate::places::{CallError, Origin};

/// The addresses of an origin, as the system finds them: by `/etc/hosts`, with search domains, through whatever servers
/// `resolv.conf` names now. Blocks, for half a minute where no server answers, and cannot be interrupted.
pub(crate) fn resolve(origin: &Origin) -> Result<Arc<[SocketAddr]>, CallError> {
    let found = (origin.host.as_str(), origin.port).to_socket_addrs().map_err(|_| CallError::Resolve)?;
    let addresses: Arc<[SocketAddr]> = found.collect();
    if addresses.is_empty() { Err(CallError::Resolve) } else { Ok(addresses) }
}
