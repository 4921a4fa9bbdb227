//! A request's text: read as Resource Manager reads it, and searched for where a member stands.
//!
//! az puts a template into its request as its author wrote it, comments and all, behind a name without quotes
//! (`azure-cli`, `JsonCTemplatePolicy`).

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::template::Request;
use crate::arm::error::ArmError;

/// Reads a request.
///
/// # Errors
/// 400 for a body that is none.
pub(super) fn read(body: &[u8]) -> Result<Request, ArmError> {
    let invalid = |error: String| ArmError::InvalidRequestContent(error);
    let text = std::str::from_utf8(body).map_err(|error| invalid(error.to_string()))?;
    let tree =
        tree(text).map_err(invalid)?.ok_or_else(|| invalid("the body is no JSON object".to_owned()))?;
    serde_json::from_value(tree.into()).map_err(|error| invalid(error.to_string()))
}

fn tree(text: &str) -> Result<Option<Value<'_>>, String> {
    let options = ParseOptions {
        allow_missing_commas: false,
        allow_hexadecimal_numbers: false,
        allow_non_finite_numbers: false,
        allow_bare_decimal_point_numbers: false,
        ..ParseOptions::default()
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options);
    parsed.map(|parsed| parsed.value).map_err(|error| error.to_string())
}

/// Line and column, from 1, of what a path leads to (`properties.template.resources[0].name`); zeros where it leads
/// nowhere.
pub(super) fn position(body: &[u8], path: &str) -> (usize, usize) {
    let found = std::str::from_utf8(body).ok().and_then(|text| {
        let tree = tree(text).ok().flatten()?;
        let at = steps(path).try_fold(&tree, enter)?.start();
        text.get(..at)
    });
    let Some(before) = found else { return (0, 0) };
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty())
}

fn enter<'v, 't>(value: &'v Value<'t>, step: &str) -> Option<&'v Value<'t>> {
    match value {
        Value::Object(object) => {
            let own = object.properties.iter().find(|own| own.name.as_str().eq_ignore_ascii_case(step));
            own.map(|own| &own.value)
        }
        Value::Array(array) => array.elements.get(step.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_by_line_and_column() {
        let text = br#"{"properties": {"a": [1, {"x\"": "}"}],
  // what follows
  "b": { "Name": "x" } }}"#;
        for (path, place) in [
            ("properties", (1, 16)),
            ("properties.a[1]", (1, 26)),
            ("properties.b", (3, 8)),
            ("properties.b.name", (3, 18)),
            ("properties.c", (0, 0)),
            ("properties.a[2]", (0, 0)),
        ] {
            assert_eq!(position(text, path), place, "{path}");
        }
    }

    /// The form of az: a name without quotes, comments, a text of two lines.
    #[test]
    fn a_template_is_read_as_its_author_wrote_it() {
        let text = b"{\"properties\": {\"mode\": \"Incremental\", template:{\r\n /* a */ \"a\": 1, // b\r\n \"b\": \"x\r\ny\",}}}";
        let request = read(text).unwrap();
        assert_eq!(request.properties.template, Some(serde_json::json!({"a": 1, "b": "x\r\ny"})));
        let deep = format!("{{\"properties\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
        for wrong in ["", "[]", "{", "{\"properties\": {\"template\": 0x1F}}", &deep] {
            assert!(matches!(read(wrong.as_bytes()), Err(ArmError::InvalidRequestContent(_))), "{wrong}");
        }
    }
}
