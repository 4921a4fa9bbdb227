//! Certificates of the platform's own authority: asked for, pending, and issued when somebody approves.
//!
//! Source: certificates.md section 5.3 (Go:TestPlatformManaged, Py:platform_managed). That approval issues is the
//! emulator's own: on Azure the names must be the caller's in the public DNS.

use std::time::Duration;

use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::witness::openssl;

const PREVIEW: &str = "api-version=2026-03-01-preview";
const POLICY: &str = r#"{"policy":{"platformManaged":{"certificateUsage":"PublicTLSServerAuth","metadata":{"sans":{"dns_names":["a.example","b.example"]}}}}}"#;

async fn call(vault: &Vault, method: &str, path: &str, body: &str) -> Answer {
    vault.call(method, &format!("{path}?{PREVIEW}"), body).await
}

async fn asked() -> (Vault, Answer) {
    let vault = Vault::new(standing());
    let created = call(&vault, "POST", "/certificates/c/create", POLICY).await;
    assert_eq!(created.status, 202, "{created:?}");
    (vault, created)
}

#[tokio::test]
async fn the_request_has_no_subject_critical_names_and_one_purpose() {
    let (_, created) = asked().await;
    let created = created.json();
    assert_eq!(created["issuer"], json!({"name": "PlatformManaged"}));
    let csr = STANDARD.decode(created["csr"].as_str().unwrap()).unwrap();
    let text = openssl(&["req", "-inform", "DER", "-noout", "-text", "-verify"], &csr);
    for expected in [
        "Subject: \n",
        "X509v3 Subject Alternative Name: critical\n                    DNS:a.example, DNS:b.example\n",
        "X509v3 Extended Key Usage: \n                    TLS Web Server Authentication\n",
        "X509v3 Key Usage: critical\n                    Digital Signature, Key Encipherment\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[tokio::test]
async fn it_stays_pending_and_a_delete_answers_the_placeholder_with_its_policy() {
    let (vault, _) = asked().await;
    vault.advance(Duration::from_hours(24 * 400));
    assert_eq!(call(&vault, "GET", "/certificates/c/pending", "").await.json()["status"], "inProgress");
    let deleted = call(&vault, "DELETE", "/certificates/c", "").await.json();
    assert!(deleted.get("cer").is_none() && deleted.get("kid").is_none(), "{deleted}");
    let policy = &deleted["policy"];
    assert_eq!(
        (policy["x509_props"]["validity_months"].as_u64(), policy["x509_props"].get("subject")),
        (Some(6), None)
    );
    assert_eq!(policy["lifetime_actions"][0]["trigger"], json!({"lifetime_percentage": 50}));
    assert_eq!(policy["platformManaged"]["certificateUsage"], "PublicTLSServerAuth");
}

/// Section 6: before the version that brought it the member is none; what was made by it is answered without.
#[tokio::test]
async fn earlier_versions_of_the_api_do_not_have_it() {
    let (vault, _) = asked().await;
    let policy = vault.call("GET", "/certificates/c/policy?api-version=2025-07-01", "").await.json();
    assert_eq!((policy.get("platformManaged"), &policy["issuer"]["name"]), (None, &json!("PlatformManaged")));
    let refused = vault.call("POST", "/certificates/d/create?api-version=2025-07-01", POLICY).await;
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (
            400,
            r#"{"error":{"code":"BadParameter","message":"Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n"}}"#
        )
    );
}

async fn decided(vault: &Vault, decision: &str) -> Answer {
    vault.beside("localhost").send("POST", &format!("/akv/certificates/kv/c/{decision}"), "", &[]).await
}

#[tokio::test]
async fn whoever_approves_gets_a_certificate_and_its_renewal_waits_again() {
    let (vault, _) = asked().await;
    assert_eq!(decided(&vault, "approve").await.status, 200);
    assert_eq!(call(&vault, "GET", "/certificates/c/pending", "").await.json()["status"], "completed");
    let first = call(&vault, "GET", "/certificates/c", "").await.json();
    let der = STANDARD.decode(first["cer"].as_str().unwrap()).unwrap();
    let text = openssl(&["x509", "-inform", "DER", "-noout", "-text"], &der);
    assert!(text.contains("X509v3 Subject Alternative Name: critical"), "{text}");

    // Half of six months later the next one is asked for.
    vault.advance(Duration::from_hours(24 * 92));
    assert_eq!(call(&vault, "GET", "/certificates/c/pending", "").await.json()["status"], "inProgress");
    assert_eq!(call(&vault, "GET", "/certificates/c", "").await.json()["id"], first["id"]);
    assert_eq!(decided(&vault, "approve").await.status, 200);
    assert_ne!(call(&vault, "GET", "/certificates/c", "").await.json()["id"], first["id"]);
}

#[tokio::test]
async fn a_rejection_fails_it_in_the_authoritys_name() {
    let (vault, _) = asked().await;
    assert_eq!(decided(&vault, "reject").await.status, 200);
    let failed = call(&vault, "GET", "/certificates/c/pending", "").await.json();
    assert_eq!(failed["status"], "failed");
    assert!(
        failed["error"]["message"].as_str().unwrap().starts_with("The call to PlatformManaged failed"),
        "{failed}"
    );
}
