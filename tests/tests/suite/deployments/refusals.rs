//! What is not deployed, with nothing made.

use serde_json::{Value, json};

use super::{NAME, arm, deploy, refused, request, template, vault};
use crate::control_plane::vault_path;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table in one piece")]
async fn what_is_not_valid_is_refused_with_nothing_made() {
    let arm = arm().await;
    let with = |member: &str, value: Value| {
        let mut own = vault("kv-bad");
        own[member] = value;
        template(json!({"resources": [own]}))
    };
    let and = |resource: Value| template(json!({"resources": [vault("kv-bad"), resource]}));
    let of = |kind: &str, name: &str| json!({"type": kind, "apiVersion": "2023-01-01", "name": name, "properties": {}});
    let int = |definition: Value| {
        template(json!({"parameters": {"p": definition}, "resources": [vault("kv-bad")]}))
    };
    let given = |value: Value| json!({"p": {"value": value}});
    for (template, parameters, code, text) in [
        (json!({}), json!({}), "InvalidRequestContent", "missing field `$schema`"),
        (
            json!({"$schema": "x", "contentVersion": "1.0.0.0", "resources": []}),
            json!({}),
            "InvalidTemplate",
            "Template schema 'x' is not supported.",
        ),
        (
            template(json!({"contentVersion": "1"})),
            json!({}),
            "InvalidTemplate",
            "contentVersion '1' is not valid",
        ),
        (template(json!({"resource": []})), json!({}), "InvalidRequestContent", "unknown field `resource`"),
        (
            template(json!({"resources": {"kv": vault("kv-bad")}})),
            json!({}),
            "InvalidTemplate",
            "languageVersion",
        ),
        (
            int(json!({"type": "int"})),
            json!({}),
            "InvalidTemplate",
            "The value for the template parameter 'p' at line '1' and column ",
        ),
        (
            int(json!({"type": "int"})),
            json!({"q": {"value": 1}}),
            "InvalidTemplate",
            "The template parameters 'q' in the parameters file are not valid;",
        ),
        (
            int(json!({"type": "int"})),
            given(json!("1")),
            "InvalidTemplate",
            "Expected a value of type 'Integer', but received a value of type 'String'.",
        ),
        (
            int(json!({"type": "number"})),
            given(json!(1)),
            "InvalidTemplate",
            "The type of the template parameter 'p'",
        ),
        (
            int(json!({"type": "int", "maxValue": 3})),
            given(json!(4)),
            "InvalidTemplate",
            "The value should be less than or equal to '3'.",
        ),
        (
            int(json!({"type": "string", "minLength": 3})),
            given(json!("a")),
            "InvalidTemplate",
            "Length of the value should be greater than or equal to '3'.",
        ),
        (
            int(json!({"type": "string", "allowedValues": ["a", "b"]})),
            given(json!("c")),
            "InvalidTemplate",
            "The value 'c' is not part of the allowed value(s): 'a,b'.",
        ),
        (
            int(json!({"type": "string", "defaultValue": "[parameters('p')]"})),
            json!({}),
            "InvalidTemplate",
            "The value of 'p' depends on itself.",
        ),
        (
            template(json!({"variables": {"v": "[variables('w')]"}})),
            json!({}),
            "InvalidTemplate",
            "The template variable 'v' is not valid: The template variable 'w' is not found.",
        ),
        (
            with("name", json!("[nonsense()]")),
            json!({}),
            "InvalidTemplate",
            "The template function 'nonsense' is not valid.",
        ),
        (
            with("name", json!("[reference('x').y]")),
            json!({}),
            "InvalidTemplate",
            "The template function 'reference' is not expected at this location.",
        ),
        (
            with("tags", json!({"a": "[parameters('absent')]"})),
            json!({}),
            "InvalidTemplate",
            "The template parameter 'absent' is not found.",
        ),
        (with("name", json!("a/b")), json!({}), "InvalidTemplate", "has incorrect segment lengths."),
        (with("apiVersion", Value::Null), json!({}), "InvalidTemplate", "'apiVersion' must be a string"),
        (
            with("dependsOn", json!(["other"])),
            json!({}),
            "InvalidTemplate",
            "The resource 'other' is not defined in the template.",
        ),
        (
            with("copy", json!({"name": "c", "count": 801})),
            json!({}),
            "InvalidTemplate",
            "has an invalid copy count. The copy count must be a positive integer value and cannot exceed '800'.",
        ),
        (and(vault("KV-bad")), json!({}), "InvalidTemplate", "is defined multiple times in a template."),
        (
            and(of("Microsoft.Storage/storageAccounts", "s")),
            json!({}),
            "InvalidResourceNamespace",
            "The resource namespace 'Microsoft.Storage' is invalid.",
        ),
        (
            and(of("Microsoft.KeyVault/vaults/nonsense", "kv-bad/s")),
            json!({}),
            "InvalidResourceType",
            "The resource type 'vaults/nonsense' could not be found in the namespace 'Microsoft.KeyVault' for api version '2023-01-01'.",
        ),
        (
            and(of("Microsoft.KeyVault/vaults/secrets", "kv-bad/s_s")),
            json!({}),
            "InvalidTemplateDeployment",
            "is not valid according to the validation procedure.",
        ),
        (
            with("properties", json!({"sku": "standard"})),
            json!({}),
            "InvalidTemplateDeployment",
            "The request content was invalid",
        ),
        (
            template(
                json!({"resources": [vault("kv-bad")], "outputs": {"o": {"type": "int", "value": "x"}}}),
            ),
            json!({}),
            "InvalidTemplate",
            "The template output 'o'",
        ),
        (
            template(
                json!({"resources": [vault("kv-bad")], "outputs": {"o": {"type": "string", "value": "[concat(]"}}}),
            ),
            json!({}),
            "InvalidTemplate",
            "The template output 'o'",
        ),
    ] {
        let (found, message) = refused(&arm, &template, &parameters).await;
        assert!(found == code && message.contains(text), "{found} {message}\nwanted {code} {text}");
    }
    assert_eq!(arm.get(&vault_path("kv-bad")).await.status, 404);
    assert_eq!(arm.get("resourcegroups/rg/deployments").await.json()["value"], json!([]));
}

/// Loops in loops are not unrolled beyond what a template may hold.
#[tokio::test]
async fn a_template_has_eight_hundred_resources_at_most() {
    let arm = arm().await;
    let mut secrets = json!({
        "type": "secrets", "apiVersion": "2023-07-01", "name": "[concat('s', copyIndex('inner'))]",
        "copy": {"name": "inner", "count": 800}, "properties": {"value": "x"}, "condition": false,
    });
    let mut all = vault("[concat('kv-many', copyIndex('outer'))]");
    all["copy"] = json!({"name": "outer", "count": 800});
    all["resources"] = json!([secrets.clone()]);
    let resources = json!([all, vault("kv-last")]);
    let refused =
        arm.ask("PUT", NAME, &request(&template(json!({"resources": resources})), &json!({}))).await;
    assert_eq!(
        refused.json()["error"],
        json!({
            "code": "InvalidTemplate",
            "message": "Deployment template validation failed: 'The number of template resources limit exceeded. Limit: '800' and actual: '640801'. Please see https://aka.ms/arm-template/#resources for usage details.'.",
            "additionalInfo": [{"type": "TemplateViolation", "info": {"lineNumber": 0, "linePosition": 0, "path": ""}}],
        })
    );
    secrets["copy"]["count"] = 799.into();
    let mut one = vault("kv-one");
    one["resources"] = json!([secrets]);
    deploy(&arm, &template(json!({"resources": [one]})), &json!({})).await;
}

#[tokio::test]
async fn what_waits_for_another_resource_is_looked_at_beforehand() {
    let arm = arm().await;
    for (wrong, text) in [
        (
            "[concat(reference('kv-first').vaultUri, nonsense())]",
            "The template function 'nonsense' is not valid.",
        ),
        ("[concat(reference('kv-first').vaultUri]", "Unable to parse language expression"),
        ("[parameters('absent')]", "The template parameter 'absent' is not found."),
    ] {
        let mut second = vault("kv-second");
        second["tags"] = json!({"a": "[reference('kv-first').vaultUri]", "b": wrong});
        let both = template(json!({"resources": [vault("kv-first"), second]}));
        let (code, message) = refused(&arm, &both, &json!({})).await;
        assert!(code == "InvalidTemplate" && message.contains(text), "{code} {message}");
        assert_eq!(arm.get(&vault_path("kv-first")).await.status, 404);
        let output = json!({"o": {"type": "string", "value": wrong}});
        let one = template(json!({"resources": [vault("kv-first")], "outputs": output}));
        let (code, message) = refused(&arm, &one, &json!({})).await;
        assert!(code == "InvalidTemplate" && message.contains(text), "{code} {message}");
        assert_eq!(arm.get(&vault_path("kv-first")).await.status, 404);
    }
}

#[tokio::test]
async fn resources_that_wait_for_each_other_are_found_before_anything_is_made() {
    let arm = arm().await;
    let (mut one, mut two) = (vault("kv-one"), vault("kv-two"));
    one["dependsOn"] = json!(["kv-two"]);
    two["tags"] = json!({"other": "[reference('kv-one').vaultUri]"});
    let (code, message) = refused(&arm, &template(json!({"resources": [one, two]})), &json!({})).await;
    assert_eq!(code, "InvalidTemplate");
    assert!(message.contains("Circular dependency detected on resource: '/subscriptions/"), "{message}");
    assert_eq!(arm.get(&vault_path("kv-one")).await.status, 404);
}

#[tokio::test]
async fn what_is_not_emulated_says_so() {
    let arm = arm().await;
    let linked =
        json!({"properties": {"mode": "Incremental", "templateLink": {"uri": "https://example.com/t.json"}}});
    for (method, path, body) in
        [("PUT", NAME.to_owned(), &linked), ("POST", format!("{NAME}/whatIf"), &json!({"properties": {}}))]
    {
        let refused = arm.ask(method, &path, body).await;
        assert_eq!(
            (refused.status, refused.json()["error"]["code"].as_str()),
            (501, Some("NotImplemented")),
            "{path}"
        );
    }
    let named = arm.ask("PUT", &format!("{NAME}*"), &request(&template(json!({})), &json!({}))).await;
    assert_eq!(named.json()["error"]["code"], "InvalidDeploymentName");
    assert_eq!(arm.ask("PATCH", NAME, &Value::Null).await.status, 405);
    let nowhere = arm.get("resourcegroups/absent/deployments").await;
    assert_eq!(nowhere.json()["error"]["code"], "ResourceGroupNotFound");
}
