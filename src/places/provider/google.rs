//! Google Places API (New), Nearby Search: <https://developers.google.com/maps/documentation/places/web-service/nearby-search>.

use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::Failure;
use crate::{
    places::{Document, Geometry, Method, Place, Request, Status},
    protocol::Query,
};

/// Where it is unless the settings say otherwise.
pub(super) const BASE: &str = "https://places.googleapis.com";
/// The fields that a result is made of; Google refuses a request without a mask and bills by it.
const FIELDS: &str = "places.id,places.displayName,places.location,places.types,places.formattedAddress";

/// The part of the answer that the mask asks for. Google leaves out what is empty or zero.
#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    places: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    display_name: DisplayName,
    location: LatLng,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    formatted_address: String,
}

#[derive(Default, Deserialize)]
struct DisplayName {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct LatLng {
    #[serde(default)]
    latitude: f64,
    #[serde(default)]
    longitude: f64,
}

/// A POST with the query in its body and the key in a header.
pub(super) fn request(base: &str, key: Option<&str>, query: &Query) -> Request {
    let body = json!({
        "maxResultCount": query.bound,
        "rankPreference": "DISTANCE",
        "locationRestriction": { "circle": {
            "center": { "latitude": query.latitude_deg, "longitude": query.longitude_deg },
            "radius": query.radius_m,
        } },
    });
    let mut headers = vec![
        ("content-type", "application/json".into()),
        ("accept", "application/json".into()),
        ("x-goog-fieldmask", FIELDS.into()),
    ];
    headers.extend(key.map(|key| ("x-goog-api-key", key.to_owned().into())));
    Request {
        method: Method::Post,
        url: format!("{base}/v1/places:searchNearby"),
        headers,
        body: body.to_string().into_bytes(),
    }
}

/// The document for an answer with HTTP status 200.
pub(super) fn document(query: &Query, value: Value) -> Result<Document, Failure> {
    if value.get("error").is_some() {
        let quoted = value.pointer("/error/message").and_then(Value::as_str);
        return Err(Failure::quoting(Status::UnknownError, "it reports an error", quoted));
    }
    let reply: Reply = serde_json::from_value(value).map_err(|error| Failure::malformed(&error.to_string()))?;
    let mut document = Document::default();
    let count = reply.places.len();
    let listed: Vec<Listed> = reply.places.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect();
    document.note_left_out(count - listed.len());
    for listed in listed.iter().take(query.bound.into()) {
        document.push(&Place {
            geometry: Geometry::point(listed.location.latitude, listed.location.longitude),
            name: &listed.display_name.text,
            place_id: &listed.id,
            types: &listed.types.iter().map(String::as_str).collect::<Vec<_>>(),
            vicinity: &listed.formatted_address,
        });
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: Query = Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 10_000.0, bound: 2 };

    #[test]
    fn the_request_has_a_mask_and_the_key_in_a_header() {
        let request = request(BASE, Some("AIzaSecret-0123"), &QUERY);
        assert_eq!(request.url, "https://places.googleapis.com/v1/places:searchNearby");
        assert!(request.headers.contains(&("x-goog-api-key", "AIzaSecret-0123".into())));
        assert!(request.headers.iter().any(|(name, value)| *name == "x-goog-fieldmask" && value.contains("places.id")));
        insta::assert_snapshot!(String::from_utf8_lossy(&request.body), @r#"{"maxResultCount":2,"rankPreference":"DISTANCE","locationRestriction":{"circle":{"center":{"latitude":34.06893,"longitude":-118.445127},"radius":10000.0}}}"#);
        assert!(!format!("{request:?}").contains("AIza"));
    }

    #[test]
    fn places_become_results() {
        let body = json!({ "places": [
            { "id": "ChIJa", "types": ["university", "point_of_interest"], "formattedAddress": "Los Angeles,\nCA 90095, USA",
              "location": { "latitude": 34.070_264, "longitude": -118.444_056 },
              "displayName": { "text": "UCLA", "languageCode": "en" } },
            { "id": "ChIJb", "location": { "longitude": 7.5 } },
            { "id": "ChIJc", "location": {} },
        ] });
        let written = document(&QUERY, body).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":[],"results":[
        {"geometry":{"location":{"lat":34.070264,"lng":-118.444056}},"name":"UCLA","place_id":"ChIJa","types":["university","point_of_interest"],"vicinity":"Los Angeles,\nCA 90095, USA"},
        {"geometry":{"location":{"lat":0.0,"lng":7.5}},"name":"","place_id":"ChIJb","types":[]}
        ],"status":"OK"}
        "#);
    }

    #[test]
    fn what_is_no_place_is_left_out() {
        let body =
            json!({ "places": [1, {}, { "id": "a", "location": {} }, { "id": "b", "location": {}, "types": 7 }] });
        let written = document(&QUERY, body).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":[],"results":[
        {"geometry":{"location":{"lat":0.0,"lng":0.0}},"name":"","place_id":"a","types":[]}
        ],"status":"OK","info_messages":["3 results of the provider could not be read and are left out"]}
        "#);
    }

    #[test]
    fn nothing_is_an_empty_object_and_nonsense_a_failure() {
        assert_eq!(document(&QUERY, json!({})), Ok(Document::default()));
        for nonsense in [json!({ "places": 1 }), json!({ "error": {} })] {
            assert_eq!(document(&QUERY, nonsense).unwrap_err().status, Status::UnknownError);
        }
    }
}
