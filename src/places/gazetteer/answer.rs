use flate2::Crc;

use super::{Gazetteer, sphere::metres_of};
use crate::{
    places::{Document, Place, document::Geometry},
    protocol::Query,
};

/// Google's words for a populated place.
const TYPES: &[&str] = &["locality", "political"];

/// A place and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near<'a> {
    /// Latitude in degrees.
    pub latitude_deg: f64,
    /// Longitude in degrees.
    pub longitude_deg: f64,
    /// Its name.
    pub name: &'a str,
    /// The region it lies in, such as `Paris, Ile-de-France, FR`; may be empty.
    pub region: &'a str,
    /// Great-circle distance in metres on a sphere of [`SPHERE_RADIUS_M`](super::SPHERE_RADIUS_M).
    pub distance_m: f64,
    /// The coordinates in the file's units.
    units: [i32; 2],
}

impl<'a> Near<'a> {
    pub(super) fn new(gazetteer: &'a Gazetteer, number: usize, haversine: f64) -> Self {
        Self {
            latitude_deg: gazetteer.latitude_deg(number),
            longitude_deg: gazetteer.longitude_deg(number),
            name: gazetteer.names.line(number),
            region: gazetteer.regions.line(usize::from(gazetteer.region_of[number])),
            distance_m: metres_of(haversine),
            units: [gazetteer.lats[number], gazetteer.lons[number]],
        }
    }

    /// An ID that only the place's coordinates and name decide, so it survives a new packing: `gz-`, latitude and
    /// longitude in units of 0.00001 degrees and the CRC-32 of the name, eight hexadecimal digits each.
    #[must_use]
    pub fn place_id(&self) -> String {
        let mut name = Crc::new();
        name.update(self.name.as_bytes());
        let [lat, lon] = self.units;
        format!("gz-{lat:08x}{lon:08x}{:08x}", name.sum())
    }
}

impl Gazetteer {
    /// The answer to a query as a Nearby Search document.
    #[must_use]
    pub fn document(&self, query: &Query) -> Document {
        let mut document = Document::default();
        if !self.attribution().is_empty() {
            document.attribute(self.attribution());
        }
        for near in self.nearest(query) {
            document.push(&Place {
                geometry: Geometry::point(near.latitude_deg, near.longitude_deg),
                name: near.name,
                place_id: &near.place_id(),
                types: TYPES,
                vicinity: near.region,
            });
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::gazetteer::{Entry, pack};

    #[test]
    fn places_become_results_of_a_nearby_search() {
        let entry = |latitude_deg, name: &str, region: &str| Entry {
            latitude_deg,
            longitude_deg: -118.445_127,
            name: name.to_owned(),
            region: region.to_owned(),
        };
        let entries =
            vec![entry(34.06893, "Westwood \"Village\"", "Los Angeles, California, US"), entry(34.1, "Up", "")];
        let gazetteer = Gazetteer::parse(&pack(entries, "<b>us</b>").unwrap()).unwrap();
        let query = Query { latitude_deg: 34.0, longitude_deg: -118.4, radius_m: 20_000.0, bound: 5 };
        insta::assert_snapshot!(String::from_utf8_lossy(&gazetteer.document(&query).write()), @r#"
        {"html_attributions":["<b>us</b>"],"results":[
        {"geometry":{"location":{"lat":34.06893,"lng":-118.44513}},"name":"Westwood \"Village\"","place_id":"gz-0033fc2dff4b445fbd1576f0","types":["locality","political"],"vicinity":"Los Angeles, California, US"},
        {"geometry":{"location":{"lat":34.1,"lng":-118.44513}},"name":"Up","place_id":"gz-00340850ff4b445fd610cad2","types":["locality","political"]}
        ],"status":"OK"}
        "#);
    }

    #[test]
    fn an_id_survives_a_new_packing() {
        let entry =
            |name: &str| Entry { latitude_deg: 1.0, longitude_deg: -2.0, name: name.to_owned(), region: String::new() };
        let query = Query { latitude_deg: 1.0, longitude_deg: -2.0, radius_m: 1.0, bound: 5 };
        let ids = |names: &[&str]| -> Vec<String> {
            let packed = pack(names.iter().copied().map(entry).collect(), "").unwrap();
            Gazetteer::parse(&packed).unwrap().nearest(&query).iter().map(Near::place_id).collect()
        };
        assert_eq!(ids(&["b", "a"])[1], ids(&["b"])[0]);
        assert_ne!(ids(&["a"]), ids(&["b"]));
        insta::assert_snapshot!(ids(&["a"])[0], @"gz-000186a0fffcf2c0e8b7be43");
    }
}
