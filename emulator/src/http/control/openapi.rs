//! `/akv/openapi.json`: the control API for other languages, in OpenAPI 3.1, written from its table.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::PREFIX;
use super::routes::{Answer, ROUTES, Route};

/// The document.
pub(super) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut forms = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(format!("{PREFIX}{}", route.path)).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route, &mut forms);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "akv control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What a person or a test harness asks of the emulator itself. Requests that come from web pages are refused.",
        },
        "paths": paths,
        "components": {
            "schemas": forms.take_definitions(true),
            "responses": {"Refused": {
                "description": "Refused, and why",
                "content": {"application/json": {"schema": {
                    "type": "object",
                    "properties": {"error": {
                        "type": "object",
                        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                        "required": ["code", "message"],
                    }},
                    "required": ["error"],
                }}},
            }},
        },
    })
}

fn operation(route: &Route, forms: &mut SchemaGenerator) -> Value {
    let content = match route.answer {
        Answer::Json(form) => json!({"application/json": {"schema": form(forms)}}),
        Answer::Pem => json!({"application/x-pem-file": {"schema": {"type": "string"}}}),
    };
    let mut operation = json!({
        "operationId": format!("{:?}", route.operation),
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": {
            "200": {"description": "Done", "content": content},
            "default": {"$ref": "#/components/responses/Refused"},
        },
    });
    if let Some(form) = route.body {
        operation["requestBody"] = json!({"content": {"application/json": {"schema": form(forms)}}});
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let parameter = |name: &str, place: &str| json!({"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}});
    let segments = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = segments.map(|name| parameter(name, "path"));
    in_path.chain(route.query.iter().map(|name| parameter(name, "query"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_row_is_in_it_and_nothing_is_referred_to_that_is_not() {
        let document = document();
        for route in ROUTES {
            let path = format!("{PREFIX}{}", route.path);
            let told = &document["paths"][&path][route.method.to_ascii_lowercase()];
            assert_eq!(told["operationId"], format!("{:?}", route.operation), "{path}");
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.iter().any(|reference| reference.ends_with("/Fault")), "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}
