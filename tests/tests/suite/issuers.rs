//! Issuer objects and contacts. Source: certificates.md sections 2.11, 2.12 and 4.

use akv_tests::{Vault, standing};

const ISSUER: &str = r#"{"provider":"Test","credentials":{"account_id":"me","pwd":"hidden"},"org_details":{"id":"o","admin_details":[{"first_name":"F","last_name":"L","email":"e@example.com","phone":"1"}]}}"#;

#[tokio::test]
async fn an_issuer_is_kept_without_showing_its_password() {
    let vault = Vault::new(standing());
    let expected = r#"{"id":"https://kv.vault.azure.net/certificates/issuers/i","provider":"Test","credentials":{"account_id":"me"},"org_details":{"id":"o","zip":0,"admin_details":[{"first_name":"F","last_name":"L","email":"e@example.com","phone":"1"}]},"attributes":{"enabled":true,"created":1801396800,"updated":1801396800}}"#;
    let set = vault.call("PUT", "/certificates/issuers/i", ISSUER).await;
    assert_eq!((set.status, set.body.as_str()), (200, expected));
    assert_eq!(vault.call("GET", "/certificates/issuers/I", "").await.body, expected);
    vault.advance(std::time::Duration::from_secs(9));
    let patched = vault
        .call("PATCH", "/certificates/issuers/i", r#"{"credentials":{},"attributes":{"enabled":false}}"#)
        .await
        .json();
    assert_eq!(patched["credentials"], serde_json::json!({}));
    assert_eq!(patched["org_details"]["id"], "o");
    assert_eq!(
        patched["attributes"],
        serde_json::json!({"enabled": false, "created": 1_801_396_800, "updated": 1_801_396_809})
    );
    let replaced = vault.call("PUT", "/certificates/issuers/i", ISSUER).await.json();
    assert_eq!(replaced["attributes"]["created"], 1_801_396_800);
    assert_eq!(
        vault.call("GET", "/certificates/issuers", "").await.body,
        r#"{"value":[{"id":"https://kv.vault.azure.net/certificates/issuers/i","provider":"Test"}],"nextLink":null}"#
    );
    assert_eq!(vault.call("DELETE", "/certificates/issuers/i", "").await.json()["provider"], "Test");
    for (method, body) in [("GET", ""), ("DELETE", ""), ("PATCH", "{}")] {
        let answer = vault.call(method, "/certificates/issuers/i", body).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, r#"{"error":{"code":"CertificateIssuerNotFound","message":"Issuer not found"}}"#)
        );
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_is_refused_and_nothing_is_kept() {
    let vault = Vault::new(standing());
    for (body, message) in [
        ("{}", "Property provider has invalid value\r\n"),
        (r#"{"provider":"DigiCert"}"#, "Id in organization details is not set"),
    ] {
        let answer = vault.call("PUT", "/certificates/issuers/i", body).await;
        assert_eq!((answer.status, answer.json()["error"]["message"].as_str()), (400, Some(message)));
    }
    assert_eq!(vault.call("GET", "/certificates/issuers/i", "").await.status, 404);
}

#[tokio::test]
async fn contacts_are_one_list_that_is_replaced_whole() {
    let vault = Vault::new(standing());
    let absent = r#"{"error":{"code":"ContactsNotFound","message":"Contacts not found"}}"#;
    assert_eq!(vault.call("GET", "/certificates/contacts", "").await.body, absent);
    vault.call("PUT", "/certificates/contacts", r#"{"contacts":[{"email":"a@example.com"}]}"#).await;
    let both = r#"{"contacts":[{"email":"b@example.com","name":"B","phone":"1"},{"email":"c@example.com"}]}"#;
    let expected = r#"{"id":"https://kv.vault.azure.net/certificates/contacts","contacts":[{"email":"b@example.com","name":"B","phone":"1"},{"email":"c@example.com"}]}"#;
    assert_eq!(vault.call("PUT", "/certificates/contacts", both).await.body, expected);
    assert_eq!(vault.call("GET", "/certificates/contacts", "").await.body, expected);
    assert_eq!(vault.call("DELETE", "/certificates/contacts", "").await.body, expected);
    assert_eq!(vault.call("DELETE", "/certificates/contacts", "").await.body, absent);
    assert_eq!(vault.call("POST", "/certificates/contacts", "{}").await.status, 405);
}
