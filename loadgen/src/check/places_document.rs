use serde_json::{Map, Value};

use super::Level;

/// Statuses that come with an `error_message`.
const FAILURES: [&str; 3] = ["UNKNOWN_ERROR", "OVER_QUERY_LIMIT", "REQUEST_DENIED"];

/// What a places document must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// At most so many results, from whatever provider.
    AtMost(usize),
    /// The answer of nobody: no results and `ZERO_RESULTS`.
    Empty,
}

/// Compares a document, without the LFs at its end, with what PROTOCOL 3.4, 3.6 and 3.7 say; the error says what is
/// wrong.
pub(super) fn compare(bytes: &[u8], demand: Demand, level: Level) -> Result<(), String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| format!("the document is no JSON: {e}"))?;
    let object = value.as_object().ok_or("the document is no JSON object")?;
    list(object, "html_attributions")?;
    let results = list(object, "results")?;
    let status = object.get("status").and_then(Value::as_str).ok_or("the document has no `status` string")?;
    let bound = match demand {
        Demand::AtMost(bound) => bound,
        Demand::Empty => 0,
    };
    if results.len() > bound {
        return Err(format!("the document has {} results, more than {bound}", results.len()));
    }
    if demand == Demand::Empty && status != "ZERO_RESULTS" {
        return Err(format!("the status is {status:?}, not \"ZERO_RESULTS\""));
    }
    if level == Level::Strict {
        status_fits(object, status, results.len())?;
        results.iter().try_for_each(is_place)?;
    }
    Ok(())
}

fn list<'a>(object: &'a Map<String, Value>, key: &str) -> Result<&'a Vec<Value>, String> {
    object.get(key).and_then(Value::as_array).ok_or_else(|| format!("the document has no array `{key}`"))
}

fn status_fits(object: &Map<String, Value>, status: &str, results: usize) -> Result<(), String> {
    match (status, results) {
        ("OK", 1..) | ("ZERO_RESULTS", 0) => Ok(()),
        ("OK", 0) => Err("the status is \"OK\" without results; that is \"ZERO_RESULTS\"".to_owned()),
        (_, 0) if FAILURES.contains(&status) => match object.get("error_message") {
            Some(Value::String(cause)) if !cause.is_empty() => Ok(()),
            _ => Err(format!("the status {status:?} comes without an `error_message`")),
        },
        _ => Err(format!("the status {status:?} does not go with {results} results")),
    }
}

fn is_place(place: &Value) -> Result<(), String> {
    let within = |key: &str, limit: f64| {
        place.pointer(&format!("/geometry/location/{key}")).and_then(Value::as_f64).is_some_and(|x| x.abs() <= limit)
    };
    if !place.get("name").is_some_and(Value::is_string) {
        return Err("a result has no `name`".to_owned());
    }
    if !within("lat", 90.0) || !within("lng", 180.0) {
        return Err("a result has no right `geometry.location`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"html_attributions": [], "results": [{"name": "x",
        "geometry": {"location": {"lat": 1.5, "lng": -2}}}], "status": "OK"}"#;

    fn strict(text: &str, bound: usize) -> Result<(), String> {
        compare(text.as_bytes(), Demand::AtMost(bound), Level::Strict)
    }

    #[test]
    fn right_documents_pass() {
        assert_eq!(strict(ONE, 1), Ok(()));
        assert_eq!(strict(r#"{"html_attributions":[],"results":[],"status":"ZERO_RESULTS"}"#, 0), Ok(()));
        let failed = r#"{"html_attributions":[],"results":[],"status":"UNKNOWN_ERROR","error_message":"down"}"#;
        assert_eq!(strict(failed, 5), Ok(()));
    }

    #[test]
    fn wrong_documents_do_not() {
        assert!(strict(ONE, 0).is_err());
        for wrong in [
            "",
            "[]",
            r#"{"results":[],"status":"ZERO_RESULTS"}"#,
            r#"{"html_attributions":[],"status":"ZERO_RESULTS"}"#,
            r#"{"html_attributions":[],"results":[]}"#,
            r#"{"html_attributions":[],"results":[],"status":"OK"}"#,
            r#"{"html_attributions":[],"results":[],"status":"UNKNOWN_ERROR"}"#,
            r#"{"html_attributions":[],"results":[{}],"status":"OK"}"#,
            r#"{"html_attributions":[],"results":[],"status":"ZERO_RESULTS"} x"#,
        ] {
            assert!(strict(wrong, 5).is_err(), "{wrong}");
        }
        assert!(compare(ONE.as_bytes(), Demand::Empty, Level::Assignment).is_err());
    }
}
