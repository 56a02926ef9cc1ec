use herd::descriptors;

/// Descriptors kept back: the standard streams, the listener, the poller, the pipe of signals, and one for a connection
/// that is accepted only to be refused; the rest is reserve.
const KEPT_BACK: usize = 32;
/// Where the system sets no limit: as many as one address and port can be reached from.
const WITHOUT_LIMIT: usize = 65_535;

/// Raises the limit of open files as far as this process may, and says how many connections fit.
pub(crate) fn room_for_connections() -> usize {
    descriptors::raise().unwrap_or(WITHOUT_LIMIT).saturating_sub(KEPT_BACK).clamp(1, WITHOUT_LIMIT)
}
