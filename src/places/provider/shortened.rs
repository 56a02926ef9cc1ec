use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads a JSON object, and of one list in it no more members than anybody will look at: a provider sends twenty places
/// to whoever asks for five, and most of what an answer costs is building them.
///
/// All of the text is checked. Where members were passed over, one `null` stands for them at the end of the list.
#[derive(Clone, Copy)]
pub(super) struct Shortened {
    /// Name of the list in the outermost object.
    pub(super) field: &'static str,
    /// Members that are kept.
    pub(super) most: usize,
}

impl Shortened {
    /// Reads a whole text. What is no object, or has something else in place of the list, is an error.
    pub(super) fn read(self, text: &[u8]) -> serde_json::Result<Value> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let value = deserializer.deserialize_map(self)?;
        deserializer.end()?;
        Ok(value)
    }
}

impl<'de> Visitor<'de> for Shortened {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value =
                if name == self.field { members.next_value_seed(List(self.most))? } else { members.next_value()? };
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// A list of which so many members are kept.
struct List(usize);

impl<'de> DeserializeSeed<'de> for List {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.0 {
            match members.next_element()? {
                Some(member) => kept.push(member),
                None => return Ok(Value::Array(kept)),
            }
        }
        if members.next_element::<IgnoredAny>()?.is_some() {
            kept.push(Value::Null);
            while members.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(Value::Array(kept))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> serde_json::Result<Value> {
        Shortened { field: "results", most: 2 }.read(text.as_bytes())
    }

    #[test]
    fn what_is_passed_over_leaves_one_null() {
        for (list, kept) in [
            (json!([]), json!([])),
            (json!([1, 2]), json!([1, 2])),
            (json!([1, 2, 3]), json!([1, 2, null])),
            (json!([1, { "a": [2] }, 3, [4], 5]), json!([1, { "a": [2] }, null])),
        ] {
            let whole = json!({ "status": "OK", "results": list, "other": { "results": [1, 2, 3] } });
            let expected = json!({ "status": "OK", "results": kept, "other": { "results": [1, 2, 3] } });
            assert_eq!(read(&whole.to_string()).unwrap(), expected);
        }
    }

    #[test]
    fn all_of_the_text_is_checked() {
        let deep = format!("{{\"results\":[1,2,{}", "[".repeat(100_000));
        for text in [
            "",
            "[]",
            "{",
            "{} {}",
            "{\"results\":{}}",
            "{\"results\":[1,2,3,}",
            "{\"results\":[1,2,\"\u{1}\"]}",
            &deep,
        ] {
            assert!(read(text).is_err(), "{text:.40}");
        }
    }
}
