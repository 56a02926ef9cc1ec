//! Great circles, by the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68, 1984).

use std::f64::consts::{FRAC_PI_2, PI};

/// Radius of the sphere that distances are measured on, in metres: the mean radius R1 of the GRS 80 ellipsoid
/// (H. Moritz, "Geodetic Reference System 1980"). The real earth differs by up to half a percent.
pub const SPHERE_RADIUS_M: f64 = 6_371_008.771_4;

/// Coordinate units in a degree: coordinates are whole multiples of 0.00001 degrees, about a metre, as `GeoNames` gives
/// them.
pub(super) const UNITS_PER_DEG: f64 = 100_000.0;

/// A point, with what is needed over and over worked out once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    lat_rad: f64,
    lon_rad: f64,
    cos_lat: f64,
}

impl Point {
    pub(super) fn from_deg(latitude_deg: f64, longitude_deg: f64) -> Self {
        let lat_rad = latitude_deg.to_radians();
        Self { lat_rad, lon_rad: longitude_deg.to_radians(), cos_lat: lat_rad.cos() }
    }

    /// The haversine of the angle between two points: it grows with their distance, and needs no inverse function.
    pub(super) fn haversine(&self, other: &Self) -> f64 {
        let half_lat = ((other.lat_rad - self.lat_rad) / 2.0).sin();
        let half_lon = ((other.lon_rad - self.lon_rad) / 2.0).sin();
        half_lat * half_lat + self.cos_lat * other.cos_lat * half_lon * half_lon
    }

    /// How far east and west a circle around the point reaches, in radians of longitude; all around when it holds a
    /// pole.
    pub(super) fn reach_of_longitude(&self, radius_rad: f64) -> f64 {
        if self.lat_rad.abs() + radius_rad >= FRAC_PI_2 {
            return PI;
        }
        (radius_rad.sin() / self.cos_lat).min(1.0).asin()
    }
}

/// The haversine of a distance.
pub(super) fn haversine_of_m(distance_m: f64) -> f64 {
    let half = (distance_m / (2.0 * SPHERE_RADIUS_M)).sin();
    half * half
}

/// The angle that a haversine stands for, in radians.
pub(super) fn angle_of(haversine: f64) -> f64 {
    2.0 * haversine.min(1.0).sqrt().asin()
}

/// The distance that a haversine stands for, in metres.
pub(super) fn metres_of(haversine: f64) -> f64 {
    angle_of(haversine) * SPHERE_RADIUS_M
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        let distance_m = |a: Point, b: Point| metres_of(a.haversine(&b));
        let degree_m = SPHERE_RADIUS_M * PI / 180.0;
        let origin = Point::from_deg(0.0, 0.0);
        assert!((distance_m(origin, Point::from_deg(1.0, 0.0)) - degree_m).abs() < 1e-6);
        assert!((distance_m(origin, Point::from_deg(0.0, -1.0)) - degree_m).abs() < 1e-6);
        assert!((distance_m(origin, Point::from_deg(0.0, 180.0)) - 180.0 * degree_m).abs() < 1e-3);
        let (west, east) = (Point::from_deg(10.0, -180.0), Point::from_deg(10.0, 180.0));
        assert!(distance_m(west, east) < 1e-6);
        assert!(
            (haversine_of_m(50_000.0) - Point::from_deg(50_000.0 / degree_m, 0.0).haversine(&origin)).abs() < 1e-15
        );
    }

    #[test]
    fn a_circle_over_a_pole_reaches_all_around() {
        assert!((Point::from_deg(89.9, 0.0).reach_of_longitude(0.01) - PI).abs() < 1e-12);
        assert!((Point::from_deg(0.0, 0.0).reach_of_longitude(0.01) - 0.01).abs() < 1e-12);
        assert!(Point::from_deg(60.0, 0.0).reach_of_longitude(0.01) > 0.02);
    }
}
