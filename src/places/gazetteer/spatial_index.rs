use std::collections::BinaryHeap;

use super::{
    answer::Near,
    format::{BAND_UNITS, BANDS, SOUTH_UNITS},
    lines::Lines,
    sphere::{Point, UNITS_PER_DEG, angle_of, haversine_of_m},
};
use crate::protocol::Query;

/// Every place of one gazetteer, ready to be searched.
///
/// The world is cut into bands of 0.1 degrees of latitude; within a band, places are sorted from west to east. That
/// is the order of the file, so the index costs nothing to build and 7 KB to keep. A circle meets a few bands, and in
/// each an interval of longitudes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gazetteer {
    pub(super) attribution: Box<str>,
    pub(super) regions: Lines,
    /// The number of each band's first place, and after them the number of places.
    pub(super) bands: Box<[u32]>,
    /// In coordinate units, as are the latitudes.
    pub(super) lons: Box<[i32]>,
    pub(super) lats: Box<[i32]>,
    pub(super) region_of: Box<[u16]>,
    pub(super) names: Lines,
}

/// Added to every interval, in coordinate units, for what rounding may take away: a hundred-thousandth of a degree is
/// a million times more than it can.
const SLACK_UNITS: f64 = 2.0;
/// Halfway around the world in coordinate units.
const HALF_TURN_UNITS: f64 = 180.0 * UNITS_PER_DEG;

impl Gazetteer {
    /// How many places there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lats.len()
    }

    /// Whether there is no place at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lats.is_empty()
    }

    /// Whom every answer must name, in HTML.
    #[must_use]
    pub fn attribution(&self) -> &str {
        &self.attribution
    }

    /// The places within the radius, nearest first, at most as many as the bound says.
    ///
    /// Distances are exact on the sphere, over the poles and across the antimeridian too. Of places at the same
    /// distance the one that comes first in the file comes first.
    #[must_use]
    pub fn nearest(&self, query: &Query) -> Vec<Near<'_>> {
        let query = query.clamped();
        if query.is_vacant() {
            return Vec::new();
        }
        let mut search = Search::new(self, &query);
        search.run();
        let found = search.best.into_sorted_vec();
        found.into_iter().map(|(haversine, number)| Near::new(self, number, f64::from_bits(haversine))).collect()
    }

    pub(super) fn latitude_deg(&self, number: usize) -> f64 {
        f64::from(self.lats[number]) / UNITS_PER_DEG
    }

    pub(super) fn longitude_deg(&self, number: usize) -> f64 {
        f64::from(self.lons[number]) / UNITS_PER_DEG
    }
}

/// One search: goes through the bands outwards from the centre's, with a limit that shrinks once there are enough.
struct Search<'a> {
    gazetteer: &'a Gazetteer,
    centre: Point,
    lat_units: f64,
    lon_units: f64,
    bound: usize,
    /// The haversine beyond which nothing is wanted any more.
    limit: f64,
    /// The best so far, worst on top: the haversine's bits (it is never negative, so they sort like it), the number.
    best: BinaryHeap<(u64, usize)>,
}

impl<'a> Search<'a> {
    fn new(gazetteer: &'a Gazetteer, query: &Query) -> Self {
        Self {
            gazetteer,
            centre: Point::from_deg(query.latitude_deg, query.longitude_deg),
            lat_units: query.latitude_deg * UNITS_PER_DEG,
            lon_units: query.longitude_deg * UNITS_PER_DEG,
            bound: usize::from(query.bound),
            limit: haversine_of_m(query.radius_m),
            best: BinaryHeap::with_capacity(usize::from(query.bound) + 1),
        }
    }

    fn run(&mut self) {
        let centre = self.centre_band();
        for step in 0..BANDS {
            let south = centre.checked_sub(step);
            let north = Some(centre + step).filter(|&band| step > 0 && band < BANDS);
            let mut reached = false;
            for band in [south, north].into_iter().flatten() {
                if self.reaches(band) {
                    self.scan_band(band);
                    reached = true;
                }
            }
            if !reached {
                return;
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a latitude is 0 to 180 from the south"
    )]
    fn centre_band(&self) -> usize {
        ((self.lat_units - f64::from(SOUTH_UNITS)) / f64::from(BAND_UNITS)) as usize
    }

    /// Whether the band's nearer edge lies within the limit.
    fn reaches(&self, band: usize) -> bool {
        let south = f64::from(SOUTH_UNITS) + band as f64 * f64::from(BAND_UNITS);
        let north = south + f64::from(BAND_UNITS);
        let gap_units = (south - self.lat_units).max(self.lat_units - north) - SLACK_UNITS;
        gap_units <= 0.0 || gap_units <= angle_of(self.limit).to_degrees() * UNITS_PER_DEG
    }

    fn scan_band(&mut self, band: usize) {
        let reach_rad = self.centre.reach_of_longitude(angle_of(self.limit));
        let reach_units = reach_rad.to_degrees() * UNITS_PER_DEG + SLACK_UNITS;
        if reach_units >= HALF_TURN_UNITS {
            self.scan_interval(band, -HALF_TURN_UNITS, HALF_TURN_UNITS);
            return;
        }
        let (west, east) = (self.lon_units - reach_units, self.lon_units + reach_units);
        self.scan_interval(band, west, east);
        if west <= -HALF_TURN_UNITS {
            self.scan_interval(band, west + 2.0 * HALF_TURN_UNITS, HALF_TURN_UNITS);
        }
        if east >= HALF_TURN_UNITS {
            self.scan_interval(band, -HALF_TURN_UNITS, east - 2.0 * HALF_TURN_UNITS);
        }
    }

    fn scan_interval(&mut self, band: usize, west: f64, east: f64) {
        let bands = &self.gazetteer.bands;
        let (first, end) = (bands[band] as usize, bands[band + 1] as usize);
        let lons = &self.gazetteer.lons[first..end];
        let from = first + lons.partition_point(|&lon| f64::from(lon) < west);
        let to = first + lons.partition_point(|&lon| f64::from(lon) <= east);
        for number in from..to {
            self.consider(number);
        }
    }

    fn consider(&mut self, number: usize) {
        let gazetteer = self.gazetteer;
        let place = Point::from_deg(gazetteer.latitude_deg(number), gazetteer.longitude_deg(number));
        let haversine = self.centre.haversine(&place);
        if haversine > self.limit {
            return;
        }
        self.best.push((haversine.to_bits(), number));
        if self.best.len() > self.bound {
            self.best.pop();
        }
        if self.best.len() == self.bound
            && let Some(&(worst, _)) = self.best.peek()
        {
            self.limit = f64::from_bits(worst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::places::gazetteer::{Entry, SPHERE_RADIUS_M, pack};

    fn gazetteer(points: &[(f64, f64)]) -> Gazetteer {
        let entry = |(number, &(latitude_deg, longitude_deg)): (usize, &(f64, f64))| Entry {
            latitude_deg,
            longitude_deg,
            name: format!("place {number:04}"),
            region: String::new(),
        };
        Gazetteer::parse(&pack(points.iter().enumerate().map(entry).collect(), "").unwrap()).unwrap()
    }

    /// The distance by another formula than the product's: the angle between two vectors, from sine and cosine.
    fn vector_distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
        let vector = |(lat, lon): (f64, f64)| {
            let (lat, lon) = (lat.to_radians(), lon.to_radians());
            [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
        };
        let ([ax, ay, az], [bx, by, bz]) = (vector(a), vector(b));
        let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
        let sine = cross.iter().map(|c| c * c).sum::<f64>().sqrt();
        SPHERE_RADIUS_M * sine.atan2(ax * bx + ay * by + az * bz)
    }

    /// Distances of the nearest by looking at all, or nothing when one is too close to the edge for two formulas to
    /// agree.
    fn by_looking_at_all(gazetteer: &Gazetteer, query: &Query) -> Option<Vec<f64>> {
        let centre = (query.latitude_deg, query.longitude_deg);
        let mut distances: Vec<f64> = (0..gazetteer.len())
            .map(|number| vector_distance_m(centre, (gazetteer.latitude_deg(number), gazetteer.longitude_deg(number))))
            .filter(|distance_m| *distance_m < query.radius_m + 1.0)
            .collect();
        if distances.iter().any(|distance_m| (distance_m - query.radius_m).abs() < 1e-5) {
            return None;
        }
        distances.retain(|distance_m| *distance_m <= query.radius_m);
        distances.sort_by(f64::total_cmp);
        distances.truncate(query.bound.into());
        Some(distances)
    }

    fn check(gazetteer: &Gazetteer, query: &Query) -> Result<(), TestCaseError> {
        let Some(expected) = by_looking_at_all(gazetteer, query) else { return Ok(()) };
        let found = gazetteer.nearest(query);
        prop_assert_eq!(found.len(), expected.len());
        for (near, expected_m) in found.iter().zip(expected) {
            let own_m =
                vector_distance_m((query.latitude_deg, query.longitude_deg), (near.latitude_deg, near.longitude_deg));
            prop_assert!((near.distance_m - expected_m).abs() < 1e-5, "{} {}", near.distance_m, expected_m);
            prop_assert!((near.distance_m - own_m).abs() < 1e-5, "{} {}", near.distance_m, own_m);
        }
        prop_assert!(found.is_sorted_by(|a, b| a.distance_m <= b.distance_m));
        Ok(())
    }

    fn latitude() -> impl Strategy<Value = f64> {
        prop_oneof![-90.0..=90.0, 89.3..=90.0, -90.0..=-89.3, Just(90.0), Just(-90.0), Just(0.0)]
    }

    fn longitude() -> impl Strategy<Value = f64> {
        prop_oneof![-180.0..=180.0, 179.5..=180.0, -180.0..=-179.5, Just(180.0), Just(-180.0)]
    }

    fn query() -> impl Strategy<Value = Query> {
        (latitude(), longitude(), prop_oneof![0.0..50_000.0, Just(50_000.0)], 0_u8..=20).prop_map(
            |(latitude_deg, longitude_deg, radius_m, bound)| Query { latitude_deg, longitude_deg, radius_m, bound },
        )
    }

    /// Places up to about 80 km around a point, across the antimeridian too.
    fn around(query: Query) -> impl Strategy<Value = (Query, Vec<(f64, f64)>)> {
        let spread_deg = (0.7 / query.latitude_deg.to_radians().cos().abs().max(1e-9)).min(180.0);
        let point = (-0.7..0.7, -1.0..1.0).prop_map(move |(north, east): (f64, f64)| {
            let east_deg = query.longitude_deg + east * spread_deg;
            let wrapped_deg = east_deg - 360.0 * (east_deg / 360.0).round();
            ((query.latitude_deg + north).clamp(-90.0, 90.0), wrapped_deg.clamp(-180.0, 180.0))
        });
        (Just(query), prop::collection::vec(point, 0..150))
    }

    proptest! {
        #[test]
        fn a_search_finds_what_looking_at_all_finds((query, points) in query().prop_flat_map(around)) {
            check(&gazetteer(&points), &query)?;
        }
    }

    #[test]
    fn the_embedded_places_are_found_too() {
        let gazetteer = Gazetteer::embedded().unwrap();
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(24));
        runner.run(&query(), |query| check(&gazetteer, &query)).unwrap();
        for (latitude_deg, longitude_deg, name) in [(48.8534, 2.3488, "Paris"), (51.50853, -0.12574, "London")] {
            let query = Query { latitude_deg, longitude_deg, radius_m: 50_000.0, bound: 20 };
            check(&gazetteer, &query).unwrap();
            assert_eq!(gazetteer.nearest(&query)[0].name, name);
        }
    }

    #[test]
    fn the_antimeridian_and_the_poles_are_no_borders() {
        let gazetteer = gazetteer(&[
            (0.0, 180.0),
            (0.0, -180.0),
            (0.0, 179.9),
            (0.0, -179.9),
            (90.0, 0.0),
            (89.9, 100.0),
            (89.9, -80.0),
        ]);
        let count = |latitude_deg, longitude_deg, radius_m| {
            gazetteer.nearest(&Query { latitude_deg, longitude_deg, radius_m, bound: 20 }).len()
        };
        assert_eq!([count(0.0, 180.0, 12_000.0), count(0.0, -180.0, 12_000.0), count(0.0, 179.95, 6_000.0)], [4, 4, 3]);
        assert_eq!(
            [count(90.0, 57.0, 12_000.0), count(89.95, 100.0, 6_000.0), count(89.95, 100.0, 17_000.0)],
            [3, 2, 3]
        );
        let degree_m = SPHERE_RADIUS_M * PI / 180.0;
        assert_eq!([count(0.4, 179.9, 0.4 * degree_m + 0.01), count(0.4, 179.9, 0.4 * degree_m - 0.01)], [1, 0]);
    }

    #[test]
    fn equal_distances_keep_the_order_of_the_file() {
        let gazetteer = gazetteer(&[(1.0, 1.0); 30]);
        let query = Query { latitude_deg: 1.1, longitude_deg: 1.0, radius_m: 50_000.0, bound: 3 };
        let names: Vec<&str> = gazetteer.nearest(&query).iter().map(|near| near.name).collect();
        assert_eq!(names, ["place 0000", "place 0001", "place 0002"]);
    }

    #[test]
    fn nothing_is_found_where_nothing_is_or_nothing_is_asked() {
        let query = Query { latitude_deg: 0.0, longitude_deg: 0.0, radius_m: 50_000.0, bound: 20 };
        assert!(gazetteer(&[]).nearest(&query).is_empty());
        let gazetteer = gazetteer(&[(0.0, 0.0)]);
        assert_eq!(gazetteer.nearest(&query).len(), 1);
        for vacant in
            [Query { bound: 0, ..query }, Query { radius_m: 0.0, ..query }, Query { latitude_deg: f64::NAN, ..query }]
        {
            assert!(gazetteer.nearest(&vacant).is_empty());
        }
    }
}
