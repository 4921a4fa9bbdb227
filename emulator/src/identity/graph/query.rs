//! What a request to Graph asks for beyond its path: `$filter` and `$select`.
//!
//! A filter is a conjunction of comparisons, which is all that Azure's clients send. It must not know the directory.

use serde_json::Value;

/// One comparison of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// `member eq 'text'`
    Equals(String, String),
    /// `startswith(member,'text')`
    StartsWith(String, String),
    /// `members/any(x:x eq 'text')`
    Any(String, String),
}

impl Term {
    /// Reads one, whatever blanks stand between its words.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(arguments) = strip_call(text, "startswith") {
            let (member, literal) = arguments.split_once(',')?;
            return Some(Self::StartsWith(name(member)?, quoted(literal)?));
        }
        if let Some((members, condition)) = text.split_once("/any(") {
            let (variable, comparison) = condition.strip_suffix(')')?.split_once(':')?;
            let (left, literal) = comparison.split_once(" eq ")?;
            return (left.trim() == variable.trim())
                .then(|| Some(Self::Any(name(members)?, quoted(literal)?)))
                .flatten();
        }
        let (member, literal) = text.split_once(" eq ")?;
        let literal = literal.trim();
        let literal = quoted(literal).or_else(|| (!literal.contains('\'')).then(|| literal.to_owned()))?;
        Some(Self::Equals(name(member)?, literal))
    }

    /// Whether an object as Graph shows it meets the comparison. Texts are compared without case.
    fn is_met_by(&self, object: &Value) -> bool {
        let same = |value: &Value, text: &str| match value {
            Value::String(value) => value.eq_ignore_ascii_case(text),
            Value::Null => text == "null",
            Value::Bool(value) => text == if *value { "true" } else { "false" },
            _ => false,
        };
        match self {
            Self::Equals(member, text) => same(&object[member], text),
            Self::StartsWith(member, text) => object[member]
                .as_str()
                .is_some_and(|value| value.to_lowercase().starts_with(&text.to_lowercase())),
            Self::Any(members, text) => {
                object[members].as_array().is_some_and(|all| all.iter().any(|value| same(value, text)))
            }
        }
    }

    /// The text with which a member, or one of its elements, is compared.
    pub(super) fn text_of(&self, wanted: &str) -> Option<&str> {
        match self {
            Self::Equals(member, text) | Self::Any(member, text) => {
                (member == wanted).then_some(text.as_str())
            }
            Self::StartsWith(..) => None,
        }
    }
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter(Vec<Term>);

impl Filter {
    /// Reads one; `None` for a form that is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let terms = conjuncts(text);
        terms.into_iter().map(Term::parse).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether an object as Graph shows it meets all of it.
    pub(super) fn is_met_by(&self, object: &Value) -> bool {
        self.0.iter().all(|term| term.is_met_by(object))
    }

    /// The texts with which `member` is compared.
    pub(super) fn texts_of<'a>(&'a self, member: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |term| term.text_of(member))
    }
}

/// Keeps the members that `$select` names, and annotations.
pub(super) fn select(mut object: Value, wanted: Option<&str>) -> Value {
    if let (Some(wanted), Value::Object(members)) = (wanted, &mut object) {
        let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
        members.retain(|name, _| name.starts_with('@') || wanted.contains(&name.as_str()));
    }
    object
}

/// The parts between ` and ` that stand outside quotes.
fn conjuncts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (index, character) in text.char_indices() {
        if character == '\'' {
            inside = !inside;
        }
        let rest = text.get(index..).unwrap_or_default();
        if !inside && index >= start && rest.starts_with(" and ") {
            parts.push(text.get(start..index).unwrap_or_default());
            start = index + " and ".len();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn strip_call<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    let rest = text
        .get(function.len()..)
        .filter(|_| text.get(..function.len()).is_some_and(|name| name.eq_ignore_ascii_case(function)))?;
    rest.strip_prefix('(')?.strip_suffix(')')
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    fits.then(|| text.to_owned())
}

/// A literal between quotes, in which a quote is written twice.
fn quoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let unescaped = inner.replace("''", "\u{0}");
    (!unescaped.contains('\'')).then(|| unescaped.replace('\u{0}', "'"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The forms that az and the management SDKs send (identity-and-control-plane.md section 4.3).
    #[test]
    fn the_clients_forms_are_understood() {
        let object = json!({
            "userPrincipalName": "O'Neil@contoso.com", "displayName": "O and Neil", "accountEnabled": true,
            "servicePrincipalNames": ["a", "b"], "mail": null,
        });
        for (filter, met) in [
            ("userPrincipalName eq 'o''neil@contoso.com'", true),
            ("userPrincipalName eq 'x'", false),
            ("startswith(displayName,'o and')", true),
            ("startswith(displayName,'neil')", false),
            ("servicePrincipalNames/any(c:c eq 'b')", true),
            ("servicePrincipalNames/any(c:c eq 'c')", false),
            ("accountEnabled eq true and displayName eq 'O and Neil'", true),
            ("accountEnabled eq true and displayName eq 'O'", false),
            ("mail eq null", true),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().is_met_by(&object), met, "{filter}");
        }
    }

    #[test]
    fn other_forms_are_refused_rather_than_misread() {
        for filter in [
            "",
            "a",
            "a ne 'b'",
            "a eq 'b' or c eq 'd'",
            "a/any(x:y eq 'b')",
            "endswith(a,'b')",
            "a eq 'b",
            "not a eq 'b'",
            "é eq 'b'",
        ] {
            assert_eq!(Filter::parse(filter), None, "{filter}");
        }
    }

    #[test]
    fn select_keeps_annotations() {
        let object = json!({"@odata.type": "t", "id": 1, "mail": 2});
        assert_eq!(select(object.clone(), Some("id")), json!({"@odata.type": "t", "id": 1}));
        assert_eq!(select(object.clone(), None), object);
    }
}
