//! An answer as lines that two vaults can have in common: status, headers, and each value of the body under its path, in
//! the order in which it came.
//!
//! What must differ between two vaults or two runs is replaced by what it is: hosts, names, versions, ids, tokens,
//! times, random bytes. It must not replace anything else.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Heard;

/// Lines of one answer.
pub type Comparable = Vec<String>;

/// Of the connection or of the moment, not of the answer.
const PASSING: &[&str] =
    &["alt-svc", "connection", "content-length", "date", "keep-alive", "transfer-encoding"];
/// Members whose numbers are instants.
const TIMES: &[&str] = &["created", "deletedDate", "exp", "iat", "nbf", "scheduledPurgeDate", "updated"];
/// Members whose texts are keys, certificates, signatures and the like.
const BYTES: &[&str] = &["cer", "csr", "iv", "k", "n", "tag", "x", "x5t", "y"];
/// A `value` this long is no text of a scenario's own but a signature, a ciphertext, a backup or a certificate.
const LONG: usize = 40;

/// The lines of an answer from `host`.
#[must_use]
pub fn comparable(heard: &Heard, host: &str) -> Comparable {
    let plain = Plain { host, names: &heard.names };
    let mut lines = vec![format!("status {}", heard.status)];
    let mut headers: Vec<_> = heard
        .headers
        .iter()
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value =
                if name == "x-ms-keyvault-region" { "{region}".to_owned() } else { plain.text(&value) };
            format!("{name}: {value}")
        })
        .collect();
    headers.sort();
    lines.extend(headers);
    match serde_json::from_slice(&heard.body) {
        Ok(body) => plain.json("", "", &body, &mut lines),
        Err(_) if heard.body.is_empty() => {}
        Err(_) => lines.push(plain.text(&String::from_utf8_lossy(&heard.body))),
    }
    lines
}

/// JSON with its members in order.
enum Json {
    Text(String),
    /// Numbers, `true`, `false` and `null` as they are written.
    Other(String, IsNumber),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsNumber {
    Yes,
    No,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Other(value.to_string(), IsNumber::No))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Other(value.to_string(), IsNumber::Yes))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Other(value.to_string(), IsNumber::Yes))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Other(value.to_string(), IsNumber::Yes))
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Other("null".to_owned(), IsNumber::No))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(member) = members.next_entry()? {
                    object.push(member);
                }
                Ok(Json::Object(object))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// What is replaced besides what is recognised by its form.
struct Plain<'a> {
    host: &'a str,
    names: &'a BTreeMap<String, String>,
}

impl Plain<'_> {
    fn json(&self, path: &str, member: &str, value: &Json, lines: &mut Vec<String>) {
        match value {
            Json::Object(members) if members.is_empty() => lines.push(format!("{path} {{}}")),
            Json::List(items) if items.is_empty() => lines.push(format!("{path} []")),
            Json::Object(members) => {
                for (name, value) in members {
                    self.json(&format!("{path}/{}", self.text(name)), name, value, lines);
                }
            }
            Json::List(items) => {
                for (place, value) in items.iter().enumerate() {
                    self.json(&format!("{path}/{place}"), member, value, lines);
                }
            }
            Json::Other(_, IsNumber::Yes) if TIMES.contains(&member) => {
                lines.push(format!("{path} {{time}}"));
            }
            Json::Other(text, _) => lines.push(format!("{path} {text}")),
            Json::Text(text) => {
                let random = BYTES.contains(&member) || (member == "value" && text.len() >= LONG);
                let text = if random { "{bytes}".to_owned() } else { self.text(text) };
                lines.push(format!("{path} {text:?}"));
            }
        }
    }

    /// A text with what must differ replaced.
    fn text(&self, text: &str) -> String {
        let mut text = text.replace(self.host, "{host}");
        if let Some((_, domain)) = self.host.split_once('.') {
            text = text.replace(domain, "{domain}");
        }
        // The longest first: a name may be part of another.
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (name, value) in names {
            text = text.replace(value, &format!("{{{name}}}"));
        }
        if let Some((before, rest)) = text.split_once("skiptoken=") {
            let after = rest.find('&').map_or("", |end| &rest[end..]);
            text = format!("{before}skiptoken={{token}}{after}");
        }
        let mut plain = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            plain.push_str(kind(word).unwrap_or(word));
            let end = after.find(is_of_word).unwrap_or(after.len());
            plain.push_str(&after[..end]);
            rest = &after[end..];
        }
        plain
    }
}

const fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// What a word is, if it is of a kind that differs each time.
fn kind(word: &str) -> Option<&'static str> {
    let hexadecimal = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit());
    let lengths = |separator| word.split(separator).map(str::len).collect::<Vec<_>>();
    if word.len() == 32 && hexadecimal(word) {
        return Some("{version}");
    }
    if lengths('-') == [8, 4, 4, 4, 12] && word.split('-').all(hexadecimal) {
        return Some("{id}");
    }
    if word.starts_with("eyJ") && word.split('.').count() == 3 {
        return Some("{token}");
    }
    let numbers = word.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    (numbers && word.split('.').count() == 4).then_some("{number}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn heard(body: &str) -> Heard {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ms-request-id", "0f7b1c1c-52a1-4d29-9f6d-2b8ef8b0b3a1"),
            ("date", "Sun, 31 Jan 2027 12:00:00 GMT"),
            ("x-ms-keyvault-network-info", "conn_type=Ipv4;addr=127.0.0.1;"),
            ("cache-control", "no-cache"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let names = [("name", "db"), ("version", "0123456789abcdef0123456789abcdef")];
        Heard {
            names: names.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            status: 200,
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn what_must_differ_is_replaced_and_the_rest_stays_in_its_order() {
        let body = r#"{"value":"1","id":"https://kv.vault.azure.net/secrets/db/0123456789abcdef0123456789abcdef",
            "attributes":{"enabled":true,"created":1801353600,"recoverableDays":90},"tags":{},"kid":null,
            "nextLink":"https://kv.vault.azure.net/secrets?api-version=7.4&$skiptoken=abc&maxresults=1",
            "key":{"n":"AQ","e":"AQAB"},"other":"fedcba9876543210fedcba9876543210"}"#;
        assert_eq!(
            comparable(&heard(body), "kv.vault.azure.net"),
            [
                "status 200",
                "cache-control: no-cache",
                "x-ms-keyvault-network-info: conn_type=Ipv4;addr={number};",
                "x-ms-request-id: {id}",
                r#"/value "1""#,
                r#"/id "https://{host}/secrets/{name}/{version}""#,
                "/attributes/enabled true",
                "/attributes/created {time}",
                "/attributes/recoverableDays 90",
                "/tags {}",
                "/kid null",
                r#"/nextLink "https://{host}/secrets?api-version=7.4&$skiptoken={token}&maxresults=1""#,
                r#"/key/n "{bytes}""#,
                r#"/key/e "AQAB""#,
                r#"/other "{version}""#,
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_compared_as_text_and_nothing_as_nothing() {
        assert_eq!(comparable(&heard("no db"), "kv").last().unwrap(), "no {name}");
        assert_eq!(comparable(&heard(""), "kv").last().unwrap(), "x-ms-request-id: {id}");
    }
}
