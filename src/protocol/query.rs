/// What a WHATSAT asks: the places around a point.
///
/// Values outside the ranges below are taken for the nearest one inside (see [`Query::clamped`]), so that no caller
/// can make a provider work without bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// Latitude in degrees, -90 to 90.
    pub latitude_deg: f64,
    /// Longitude in degrees, -180 to 180, both included.
    pub longitude_deg: f64,
    /// Radius in metres, 0 to [`Query::MAX_RADIUS_M`].
    pub radius_m: f64,
    /// Most results wanted, 0 to [`Query::MAX_BOUND`].
    pub bound: u8,
}

impl Query {
    /// Largest radius in metres: WHATSAT ends at 50 km (PROTOCOL section 3), and so do Google's searches.
    pub const MAX_RADIUS_M: f64 = 50_000.0;
    /// Most results: WHATSAT ends at 20 (PROTOCOL section 3), and so does a page of Google's.
    pub const MAX_BOUND: u8 = 20;

    /// The same query with each value in its range; a value that is no number becomes 0, and with it the bound.
    #[must_use]
    pub fn clamped(&self) -> Self {
        let sound = self.latitude_deg.is_finite() && self.longitude_deg.is_finite() && self.radius_m.is_finite();
        if !sound {
            return Self { latitude_deg: 0.0, longitude_deg: 0.0, radius_m: 0.0, bound: 0 };
        }
        Self {
            latitude_deg: self.latitude_deg.clamp(-90.0, 90.0),
            longitude_deg: self.longitude_deg.clamp(-180.0, 180.0),
            radius_m: self.radius_m.clamp(0.0, Self::MAX_RADIUS_M),
            bound: self.bound.min(Self::MAX_BOUND),
        }
    }

    /// Whether no place at all can be an answer: radius 0 or bound 0, as PROTOCOL section 3 has it.
    #[must_use]
    pub fn is_vacant(&self) -> bool {
        self.bound == 0 || self.radius_m <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_clamped_and_nonsense_asks_for_nothing() {
        let wide = Query { latitude_deg: 91.0, longitude_deg: -200.0, radius_m: 1e9, bound: 255 };
        let clamped = Query { latitude_deg: 90.0, longitude_deg: -180.0, radius_m: 50_000.0, bound: 20 };
        assert_eq!(wide.clamped(), clamped);
        for nonsense in [f64::NAN, f64::INFINITY] {
            assert!(Query { radius_m: nonsense, ..wide }.clamped().is_vacant());
            assert!(Query { latitude_deg: nonsense, ..wide }.clamped().is_vacant());
        }
    }
}
