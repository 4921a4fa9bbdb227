//! Which requests a fault strikes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Struck;

/// What a request must be like; a criterion that is absent fits every request. Texts are compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// The operation's name in Azure's audit log, such as `SecretGet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<String>,
    /// The object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The caller: object id or application id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub caller: Option<Uuid>,
}

impl Criteria {
    /// Whether every request fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `request` does.
    #[must_use]
    pub fn fits(&self, request: &Struck<'_>) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found.is_some_and(|one| one.eq_ignore_ascii_case(wanted)))
        };
        same(&self.operation, Some(request.operation))
            && same(&self.vault, Some(request.vault))
            && same(&self.name, request.object)
            && self.caller.is_none_or(|caller| request.caller.contains(&Some(caller)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_criterion_counts() {
        let request = Struck {
            vault: "kv",
            operation: "SecretGet",
            object: Some("db"),
            caller: [Some(Uuid::from_u128(7)), Some(Uuid::from_u128(8))],
        };
        for (json, fits) in [
            ("{}", true),
            (r#"{"vault":"KV","operation":"secretget","name":"DB"}"#, true),
            (r#"{"vault":"other"}"#, false),
            (r#"{"operation":"SecretSet"}"#, false),
            (r#"{"name":"d"}"#, false),
            (r#"{"caller":"00000000-0000-0000-0000-000000000008"}"#, true),
            (r#"{"caller":"00000000-0000-0000-0000-000000000009"}"#, false),
        ] {
            assert_eq!(serde_json::from_str::<Criteria>(json).unwrap().fits(&request), fits, "{json}");
        }
    }
}
