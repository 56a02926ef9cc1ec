use std::ops::RangeInclusive;

use regex::bytes::Regex;

use crate::result::RunWorkload;

/// A client ID has at most 256 bytes (PROTOCOL 2.1); the number behind the prefix has at most ten.
const LONGEST_PREFIX: usize = 246;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Workload {
    /// IAMAT and WHATSAT.
    Herd(HerdLoad),
    /// Lines of one's own, for a stranger's server.
    Raw(RawLoad),
}

/// A mix of the herd's commands.
#[derive(Clone, Debug)]
pub struct HerdLoad {
    /// Parts of IAMAT and of WHATSAT.
    pub mix: Mix,
    /// Number of clients, at least one for each connection; client i belongs to connection i modulo their number.
    pub clients: u32,
    /// Exponent s of Zipf's law: the i-th client is asked with weight 1 / i^s; 0 is uniform.
    pub skew: f64,
    /// Radii of WHATSAT in km, uniform.
    pub radius_km: RangeInclusive<u32>,
    /// Bounds of WHATSAT, uniform.
    pub bound: RangeInclusive<u32>,
    /// What a client ID begins with; its number follows.
    pub prefix: String,
}

/// Parts of each command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Parts of IAMAT.
    pub iamat: u32,
    /// Parts of WHATSAT.
    pub whatsat: u32,
}

/// Lines that are sent in turn, each answered by one line.
#[derive(Clone, Debug)]
pub struct RawLoad {
    /// The lines, without LF.
    pub lines: Vec<Vec<u8>>,
    /// What every reply line must match.
    pub expect: Regex,
}

impl Workload {
    pub(crate) fn check(&self, connections: u32) -> Result<(), String> {
        match self {
            Self::Herd(load) => load.check(connections),
            Self::Raw(load) if load.lines.is_empty() => Err("the file of --raw holds no line".to_owned()),
            Self::Raw(_) => Ok(()),
        }
    }

    /// What was asked, as a result tells of it.
    pub(crate) fn written(&self) -> RunWorkload {
        match self {
            Self::Herd(load) => RunWorkload::Herd {
                iamat: load.mix.iamat,
                whatsat: load.mix.whatsat,
                clients: load.clients,
                skew: load.skew,
                radius_km: [*load.radius_km.start(), *load.radius_km.end()],
                bound: [*load.bound.start(), *load.bound.end()],
            },
            Self::Raw(load) => {
                RunWorkload::Raw { raw_lines: load.lines.len(), expect: load.expect.as_str().to_owned() }
            }
        }
    }

    /// Whether every client must have been told before the load begins (METHOD 1.4).
    pub(crate) fn needs_told_clients(&self) -> bool {
        matches!(self, Self::Herd(load) if load.mix.whatsat > 0)
    }
}

impl HerdLoad {
    fn check(&self, connections: u32) -> Result<(), String> {
        if self.clients < connections {
            return Err(format!(
                "{} clients for {connections} connections: a client is bound to its connection, so give at least \
                 --clients {connections}",
                self.clients
            ));
        }
        if self.mix.iamat.checked_add(self.mix.whatsat).is_none_or(|parts| parts == 0) {
            return Err("--mix needs a part above 0".to_owned());
        }
        if *self.radius_km.end() > 50 || *self.bound.end() > 20 {
            return Err("a radius goes up to 50 km and a bound up to 20".to_owned());
        }
        if self.radius_km.is_empty() || self.bound.is_empty() {
            return Err("a range runs from the smaller to the greater number".to_owned());
        }
        if self.prefix.len() > LONGEST_PREFIX || self.prefix.contains(|c: char| c.is_ascii_whitespace() || c == '\x0b')
        {
            return Err(format!("a client prefix has at most {LONGEST_PREFIX} bytes and no white space"));
        }
        if !(self.skew.is_finite() && self.skew >= 0.0) {
            return Err(format!("a skew of {} is no exponent; give 0 or more", self.skew));
        }
        Ok(())
    }
}
