//! Secrets of vaults as parameters, and what is told of those that cannot be had: bicep 18455 (2025), azure-powershell
//! 28308 (2025) and 5324 (2018).

use akv_tests::Answer;
use serde_json::{Value, json};

use super::{arm, request, template};
use crate::control_plane::{Arm, vault_path};

const NOT_LET_IN: &str = "Access denied to first party service. Vault: kv-closed;location=eastus";

fn id(arm: &Arm, vault: &str) -> String {
    format!("/subscriptions/{}/{}", arm.subscription(), vault_path(vault))
}

/// A vault that lets itself be read, with the secret `db`, and one that does not.
async fn vaults() -> Arm {
    let arm = arm().await;
    let open = json!({"enabledForTemplateDeployment": true});
    assert_eq!(arm.vault("kv-given", &open).await.status, 200);
    assert_eq!(arm.vault("kv-closed", &json!({})).await.status, 200);
    let secret = format!("{}/secrets/db", vault_path("kv-given"));
    arm.ask("PUT", &secret, &json!({"properties": {"value": "12345"}})).await;
    arm
}

/// Asks for a deployment, or to `validate` one, of a template that needs the secrets of these vaults and names.
async fn ask(arm: &Arm, user: (&str, &str), password: (&str, &str), validate: &str) -> Answer {
    let reference = |(vault, secret): (&str, &str)| json!({"reference": {"keyVault": {"id": id(arm, vault)}, "secretName": secret}});
    let string = json!({"type": "secureString"});
    let template = template(json!({"parameters": {"user": string, "password": string}}));
    let given = json!({"user": reference(user), "password": reference(password)});
    let path = format!("resourcegroups/rg/providers/Microsoft.Resources/deployments/d{validate}");
    let method = if validate.is_empty() { "PUT" } else { "POST" };
    arm.ask(method, &path, &request(&template, &given)).await
}

fn refused(parameter: &str, status: &str, message: &str) -> Value {
    json!({
        "code": "KeyVaultParameterReferenceSecretRetrieveFailed",
        "message": format!("The secret of KeyVault parameter '{parameter}' cannot be retrieved. Http status code: '{status}'. Error message: '{message}'. Please see https://aka.ms/arm-keyvault for usage details."),
    })
}

fn absent(parameter: &str, name: &str) -> Value {
    let message = format!(
        "A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    refused(parameter, "NotFound", &message)
}

/// What is said of several statuses is unverified, as is the end of a vault's message that does not let itself be read.
#[tokio::test]
async fn every_secret_that_cannot_be_had_is_told_of() {
    let arm = vaults().await;
    let no_vault = json!({
        "code": "KeyVaultParameterReferenceNotFound",
        "message": format!("The specified KeyVault '{}' could not be found. Please see https://aka.ms/arm-keyvault for usage details.", id(&arm, "kv-none")),
    });
    let shut = |parameter: &str| refused(parameter, "Forbidden", NOT_LET_IN);
    let closed = ("kv-closed", "db");
    for (user, password, status, named, details) in [
        (
            ("kv-given", "c-user"),
            ("kv-given", "c-pass"),
            404,
            "NotFound,NotFound",
            [absent("password", "c-pass"), absent("user", "c-user")],
        ),
        (closed, closed, 403, "Forbidden,Forbidden", [shut("password"), shut("user")]),
        (
            closed,
            ("kv-given", "c-pass"),
            404,
            "NotFound,Forbidden",
            [absent("password", "c-pass"), shut("user")],
        ),
        (("kv-none", "db"), closed, 403, "Forbidden,BadRequest", [shut("password"), no_vault]),
    ] {
        for validate in ["", "/validate"] {
            let answer = ask(&arm, user, password, validate).await;
            let expected = json!({"error": {
                "code": "MultipleErrorsOccurred",
                "message": format!("Multiple error occurred: {named}. Please see details."),
                "details": details,
            }});
            assert_eq!((answer.status, answer.json()), (status, expected), "{validate}");
        }
    }
    let made = arm.get("resourcegroups/rg/providers/Microsoft.Resources/deployments/d").await;
    assert_eq!(made.status, 404, "nothing is kept of what was refused: {made:?}");
}

#[tokio::test]
async fn one_secret_that_cannot_be_had_is_told_of_as_itself() {
    let arm = vaults().await;
    for (user, status, error) in [
        (("kv-given", "c-user"), 404, absent("user", "c-user")),
        (("kv-closed", "db"), 403, refused("user", "Forbidden", NOT_LET_IN)),
    ] {
        let answer = ask(&arm, user, ("kv-given", "db"), "").await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (status, error));
    }
    assert_eq!(ask(&arm, ("kv-given", "db"), ("kv-given", "db"), "").await.status, 201);
}
