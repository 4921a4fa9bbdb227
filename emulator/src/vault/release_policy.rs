//! Key release policies: which environments may have an exportable key (the grammar that Microsoft documents as version
//! 1.0.0).
//!
//! It judges claims and must not ask whether they are true: whoever calls has verified their signature.
//!
//! A condition compares as JSON does, except that a text compares with `true`, `false` and numbers by how they are
//! written: published policies say `"equals": "true"` of claims that are no texts.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// A policy that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleasePolicy {
    authorities: Vec<Authority>,
}

/// Who must have attested an environment, and what.
#[derive(Clone, Debug, PartialEq)]
struct Authority {
    url: String,
    condition: Condition,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Claim(String, Operator, Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    NotEquals,
    Less,
    LessOrEquals,
    Greater,
    GreaterOrEquals,
    Exists,
}

impl Operator {
    const ALL: [(&'static str, Self); 7] = [
        ("equals", Self::Equals),
        ("notEquals", Self::NotEquals),
        ("less", Self::Less),
        ("lessOrEquals", Self::LessOrEquals),
        ("greater", Self::Greater),
        ("greaterOrEquals", Self::GreaterOrEquals),
        ("exists", Self::Exists),
    ];

    /// A claim that is not there satisfies `notEquals` and `exists: false` only.
    fn holds(self, claim: Option<&Value>, wanted: &Value) -> bool {
        let order = claim.and_then(|claim| compare(claim, wanted));
        match self {
            Self::Equals => order == Some(Ordering::Equal),
            Self::NotEquals => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEquals => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEquals => order.is_some_and(Ordering::is_ge),
            Self::Exists => compare(&Value::Bool(claim.is_some()), wanted) == Some(Ordering::Equal),
        }
    }
}

/// How a claim stands to a wanted value; `None` if they cannot be compared.
fn compare(claim: &Value, wanted: &Value) -> Option<Ordering> {
    match (claim, wanted) {
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::String(text), Value::Bool(_) | Value::Number(_)) => compare(&scalar(text)?, wanted),
        (Value::Bool(_) | Value::Number(_), Value::String(text)) => compare(claim, &scalar(text)?),
        _ => None,
    }
}

/// The truth value or number that a text writes.
fn scalar(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_boolean() || value.is_number())
}

impl ReleasePolicy {
    /// Reads a policy; `None` for what does not follow the grammar.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let policy: Map<String, Value> = serde_json::from_slice(text).ok()?;
        if !matches!(policy.get("version")?.as_str()?, "1.0.0" | "1.0") || policy.len() != 2 {
            return None;
        }
        let authorities = member(&policy, "anyOf")?.as_array()?.iter().map(Authority::parse);
        let authorities: Vec<_> = authorities.collect::<Option<_>>()?;
        (!authorities.is_empty()).then_some(Self { authorities })
    }

    /// Whether an environment that `issuer` attested these claims of may have the key.
    #[must_use]
    pub fn is_satisfied(&self, issuer: &str, claims: &Value) -> bool {
        let trusted = |authority: &&Authority| same_url(&authority.url, issuer);
        self.authorities.iter().filter(trusted).any(|authority| authority.condition.holds(claims))
    }
}

/// A slash at the end makes no difference, nor does the case of a host.
fn same_url(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'))
}

/// The member of that name in any case: the grammar itself writes `anyof`, its examples `anyOf`.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl Authority {
    fn parse(value: &Value) -> Option<Self> {
        let mut object = value.as_object()?.clone();
        let url = object.remove("authority")?.as_str()?.to_owned();
        let condition = Condition::parse(&Value::Object(object))?;
        let lists = matches!(condition, Condition::Any(_) | Condition::All(_));
        (lists && url.starts_with("https://")).then_some(Self { url, condition })
    }
}

impl Condition {
    fn parse(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let list = |value: &Value| {
            let conditions: Vec<_> = value.as_array()?.iter().map(Self::parse).collect::<Option<_>>()?;
            (!conditions.is_empty()).then_some(conditions)
        };
        match object.len() {
            1 if member(object, "anyOf").is_some() => Some(Self::Any(list(member(object, "anyOf")?)?)),
            1 => Some(Self::All(list(member(object, "allOf")?)?)),
            2 => {
                let claim = object.get("claim")?.as_str()?.to_owned();
                let (name, value) = object.iter().find(|(key, _)| *key != "claim")?;
                let (_, operator) = Operator::ALL.into_iter().find(|(known, _)| known == name)?;
                let plain = value.is_string() || value.is_number() || value.is_boolean();
                plain.then(|| Self::Claim(claim, operator, value.clone()))
            }
            _ => None,
        }
    }

    fn holds(&self, claims: &Value) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(claims)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(claims)),
            Self::Claim(name, operator, wanted) => operator.holds(claim(claims, name), wanted),
        }
    }
}

/// The claim of that name; a dot leads into a claim that holds others, as in
/// `x-ms-isolation-tee.x-ms-compliance-status`.
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    let whole = claims.get(name);
    whole.or_else(|| name.split('.').try_fold(claims, |claims, part| claims.get(part)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AUTHORITY: &str = "https://sharedeus.eus.attest.azure.net";

    fn policy(condition: &Value) -> ReleasePolicy {
        let mut authority = condition.as_object().unwrap().clone();
        authority.insert("authority".to_owned(), AUTHORITY.into());
        let policy = json!({"version": "1.0.0", "anyOf": [authority]});
        ReleasePolicy::parse(policy.to_string().as_bytes()).unwrap()
    }

    /// learn.microsoft.com, key release policy of a confidential virtual machine.
    #[test]
    fn the_documented_policy_takes_a_compliant_machine_of_that_authority_only() {
        let policy = policy(&json!({"allOf": [
            {"claim": "x-ms-isolation-tee.x-ms-attestation-type", "equals": "sevsnpvm"},
            {"claim": "x-ms-isolation-tee.x-ms-compliance-status", "equals": "azure-compliant-cvm"},
        ]}));
        let claims = |status: &str| {
            json!({"x-ms-isolation-tee": {
                "x-ms-attestation-type": "sevsnpvm",
                "x-ms-compliance-status": status,
            }})
        };
        assert!(policy.is_satisfied(AUTHORITY, &claims("azure-compliant-cvm")));
        assert!(policy.is_satisfied(&format!("{AUTHORITY}/"), &claims("azure-compliant-cvm")));
        assert!(!policy.is_satisfied(AUTHORITY, &claims("unknown")));
        assert!(!policy.is_satisfied("https://other.eus.attest.azure.net", &claims("azure-compliant-cvm")));
    }

    #[test]
    fn every_operator_compares_as_its_name_says() {
        let claims = json!({"n": 5, "t": "b", "yes": true, "a.b": 1, "nested": {"deep": {"n": 7}}});
        for (name, operator, value, expected) in [
            ("n", "equals", json!(5), true),
            ("n", "equals", json!("5"), true),
            ("n", "equals", json!(6), false),
            ("n", "notEquals", json!(6), true),
            ("n", "less", json!(6), true),
            ("n", "less", json!(5), false),
            ("n", "lessOrEquals", json!(5), true),
            ("n", "greater", json!(4), true),
            ("n", "greaterOrEquals", json!(6), false),
            ("t", "less", json!("c"), true),
            ("t", "less", json!(9), false),
            ("yes", "equals", json!(true), true),
            ("yes", "equals", json!("true"), true),
            ("yes", "equals", json!("false"), false),
            ("yes", "exists", json!(true), true),
            ("none", "exists", json!(true), false),
            ("none", "exists", json!("false"), true),
            ("none", "equals", json!(1), false),
            ("none", "notEquals", json!(1), true),
            ("a.b", "equals", json!(1), true),
            ("nested.deep.n", "equals", json!(7), true),
            ("nested.deep", "equals", json!(7), false),
        ] {
            let policy = policy(&json!({"anyOf": [{"claim": name, operator: value}]}));
            assert_eq!(policy.is_satisfied(AUTHORITY, &claims), expected, "{name} {operator} {value}");
        }
    }

    #[test]
    fn lists_nest() {
        let policy = policy(&json!({"allOf": [
            {"claim": "a", "equals": 1},
            {"anyOf": [{"claim": "b", "equals": 1}, {"allOf": [{"claim": "c", "equals": 1}]}]},
        ]}));
        assert!(policy.is_satisfied(AUTHORITY, &json!({"a": 1, "c": 1})));
        assert!(!policy.is_satisfied(AUTHORITY, &json!({"a": 1})));
        assert!(!policy.is_satisfied(AUTHORITY, &json!({"b": 1, "c": 1})));
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_no_policy() {
        let good = json!({"claim": "a", "equals": 1});
        for text in [
            "".to_owned(),
            "{}".to_owned(),
            json!({"version": "2.0.0", "anyOf": [{"authority": AUTHORITY, "allOf": [good]}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": []}).to_string(),
            json!({"version": "1.0.0", "allOf": [{"authority": AUTHORITY, "allOf": [good]}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"authority": AUTHORITY, "allOf": []}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"authority": AUTHORITY, "claim": "a", "equals": 1}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"authority": "http://a", "allOf": [good]}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"allOf": [good]}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"authority": AUTHORITY, "allOf": [{"claim": "a", "is": 1}]}]}).to_string(),
            json!({"version": "1.0.0", "anyOf": [{"authority": AUTHORITY, "allOf": [{"claim": "a", "equals": [1]}]}]}).to_string(),
        ] {
            assert_eq!(ReleasePolicy::parse(text.as_bytes()), None, "{text}");
        }
    }
}
