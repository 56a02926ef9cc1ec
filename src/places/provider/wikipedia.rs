//! Wikipedia articles near a point, by `GeoSearch`: <https://www.mediawiki.org/wiki/API:Geosearch>.

use serde::Deserialize;
use serde_json::Value;

use super::reply::Failure;
use crate::{
    places::{Document, Geometry, Method, Place, Request, Status},
    protocol::Query,
};

/// Where it is unless the settings say otherwise.
pub(super) const BASE: &str = "https://en.wikipedia.org";
/// Wikimedia's policy asks for a name, a version and what it is: <https://meta.wikimedia.org/wiki/User-Agent_policy>.
const USER_AGENT: &str =
    concat!("herd/", env!("CARGO_PKG_VERSION"), " (a server herd that answers what is near its clients)");
/// Smallest radius in metres that `GeoSearch` takes.
const MIN_RADIUS_M: f64 = 10.0;
/// Largest radius in metres that `GeoSearch` takes.
const MAX_RADIUS_M: f64 = 10_000.0;
/// What the licence of the articles asks for.
const ATTRIBUTION: &str = "Articles of <a href=\"https://www.wikipedia.org/\">Wikipedia</a>, \
                           <a href=\"https://creativecommons.org/licenses/by-sa/4.0/\">CC BY-SA 4.0</a>";

#[derive(Deserialize)]
struct Found {
    geosearch: Vec<Value>,
}

#[derive(Deserialize)]
struct Article {
    pageid: i64,
    title: String,
    lat: f64,
    lon: f64,
}

/// A GET that says who asks.
pub(super) fn request(base: &str, query: &Query) -> Request {
    let Query { latitude_deg, longitude_deg, bound, .. } = query;
    let radius_m = searched_m(query);
    Request {
        method: Method::Get,
        url: format!(
            "{base}/w/api.php?action=query&list=geosearch&gscoord={latitude_deg:.7}%7C{longitude_deg:.7}\
             &gsradius={radius_m}&gslimit={bound}&format=json&formatversion=2"
        ),
        headers: vec![("user-agent", USER_AGENT.into()), ("accept", "application/json".into())],
        body: Vec::new(),
    }
}

/// The radius in whole metres that is searched for a query.
fn searched_m(query: &Query) -> f64 {
    query.radius_m.clamp(MIN_RADIUS_M, MAX_RADIUS_M).round()
}

/// The document for an answer with HTTP status 200.
pub(super) fn document(query: &Query, mut value: Value) -> Result<Document, Failure> {
    if let Some(error) = value.get("error") {
        return Err(reported(error));
    }
    let found = match value["query"].take() {
        // MediaWiki says that the batch is complete even when it is empty.
        Value::Null if value.get("batchcomplete").is_some() => Found { geosearch: Vec::new() },
        found => serde_json::from_value(found).map_err(|error| Failure::malformed(&error.to_string()))?,
    };
    let mut document = Document::default();
    document.attribute(ATTRIBUTION);
    note_radius(query, &mut document);
    let count = found.geosearch.len();
    let articles: Vec<Article> =
        found.geosearch.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect();
    document.note_left_out(count - articles.len());
    for article in articles.iter().take(query.bound.into()) {
        document.push(&Place {
            geometry: Geometry::point(article.lat, article.lon),
            name: &article.title,
            place_id: &format!("wikipedia-{}", article.pageid),
            types: &["point_of_interest"],
            vicinity: "",
        });
    }
    Ok(document)
}

/// `MediaWiki` reports errors with HTTP status 200.
fn reported(error: &Value) -> Failure {
    let status = match error["code"].as_str() {
        Some("ratelimited" | "maxlag") => Status::OverQueryLimit,
        _ => Status::UnknownError,
    };
    Failure::quoting(status, "it reports an error", error["info"].as_str())
}

/// Says so when another radius was searched than was asked for.
fn note_radius(query: &Query, document: &mut Document) {
    if !(MIN_RADIUS_M..=MAX_RADIUS_M).contains(&query.radius_m) {
        document.note(format!(
            "Wikipedia searches {MIN_RADIUS_M} to {MAX_RADIUS_M} m: searched {} m instead of {} m",
            searched_m(query),
            query.radius_m
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUERY: Query = Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 1000.4, bound: 2 };

    #[test]
    fn the_request_says_who_asks() {
        let request = request(BASE, &QUERY);
        insta::assert_snapshot!(request.url, @"https://en.wikipedia.org/w/api.php?action=query&list=geosearch&gscoord=34.0689300%7C-118.4451270&gsradius=1000&gslimit=2&format=json&formatversion=2");
        assert!(request.headers.iter().any(|(name, value)| *name == "user-agent" && value.starts_with("herd/")));
    }

    #[test]
    fn articles_become_results() {
        let article = |id: i64, title: &str| json!({ "pageid": id, "ns": 0, "title": title, "lat": 34.07, "lon": -118.44, "dist": 71.2, "primary": true });
        let body = json!({ "batchcomplete": true, "query": { "geosearch": [article(1, "Royce Hall"), article(2, "Powell"), article(3, "x")] } });
        let written = document(&Query { radius_m: 50_000.0, ..QUERY }, body).unwrap().write();
        insta::assert_snapshot!(String::from_utf8_lossy(&written), @r#"
        {"html_attributions":["Articles of <a href=\"https://www.wikipedia.org/\">Wikipedia</a>, <a href=\"https://creativecommons.org/licenses/by-sa/4.0/\">CC BY-SA 4.0</a>"],"results":[
        {"geometry":{"location":{"lat":34.07,"lng":-118.44}},"name":"Royce Hall","place_id":"wikipedia-1","types":["point_of_interest"]},
        {"geometry":{"location":{"lat":34.07,"lng":-118.44}},"name":"Powell","place_id":"wikipedia-2","types":["point_of_interest"]}
        ],"status":"OK","info_messages":["Wikipedia searches 10 to 10000 m: searched 10000 m instead of 50000 m"]}
        "#);
    }

    #[test]
    fn errors_come_with_http_status_200() {
        for (code, status) in [("ratelimited", Status::OverQueryLimit), ("badvalue", Status::UnknownError)] {
            let failure = document(&QUERY, json!({ "error": { "code": code, "info": "why" } })).unwrap_err();
            assert_eq!((failure.status, failure.message.as_str()), (status, "it reports an error: why"));
        }
        for nonsense in [json!({}), json!({ "query": {} }), json!({ "query": { "geosearch": 1 } })] {
            assert_eq!(document(&QUERY, nonsense).unwrap_err().status, Status::UnknownError);
        }
        assert_eq!(document(&QUERY, json!({ "batchcomplete": "" })).unwrap().status(), Status::ZeroResults);
    }
}
