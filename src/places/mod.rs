//! placeholder until the branch is merged

/// What is asked of a places provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Metres.
    pub radius_m: f64,
    /// Most results.
    pub bound: u8,
}
