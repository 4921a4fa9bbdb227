//! Issuers that issue: a real chain, what its authorities publish, and what openssl says of it all.
//!
//! Sources: certificates.md sections 2.3, 2.11 and 3; RFC 5280 and RFC 6960, with openssl as their judge.

use std::process::Command;

use akv_emulator::config::{Config, Data};
use akv_emulator::http::Service;
use akv_emulator::{Emulator, Running};
use akv_tests::{Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::witness::{openssl, openssl_bytes};

const POLICY: &str = r#"{"policy":{"key_props":{"kty":"EC"},"secret_props":{"contentType":"application/x-pem-file"},"x509_props":{"subject":"CN=web.example","sans":{"dns_names":["web.example"]}},"issuer":{"name":"ca"}}}"#;

/// What a developer who is logged in is answered, whether the emulator listens or not.
async fn call(service: &Service, method: &str, path: &str, body: &str) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{path}?api-version=2025-07-01"))
        .header("host", "kv.vault.azure.net")
        .header("authorization", "Bearer developer")
        .body(bytes::Bytes::copy_from_slice(body.as_bytes()))
        .unwrap();
    let answer = service.call(request).await;
    assert!(answer.status().is_success(), "{method} {path}: {answer:?}");
    serde_json::from_slice(answer.body()).unwrap()
}

/// An issuer `ca`, and what was answered when `c` was created with it.
async fn create(service: &Service, provider: &str) -> Value {
    let issuer = format!(r#"{{"provider":"{provider}","org_details":{{"id":"1"}}}}"#);
    call(service, "PUT", "/certificates/issuers/ca", &issuer).await;
    call(service, "POST", "/certificates/c/create", POLICY).await
}

/// Files for openssl.
struct Files(tempfile::TempDir);

impl Files {
    fn put(&self, name: &str, contents: &[u8]) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Leaf, issuing authority and root, from the secret: behind the key, in this order.
    async fn chain(&self, service: &Service) -> [String; 3] {
        let secret = call(service, "GET", "/secrets/c", "").await;
        let pem = secret["value"].as_str().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let begin = "-----BEGIN CERTIFICATE-----";
        let blocks: Vec<&str> = pem.split(begin).skip(1).collect();
        assert_eq!(blocks.len(), 3, "leaf, issuing authority, root");
        ["leaf.pem", "issuing.pem", "root.pem"].map(|name| {
            let place = ["leaf.pem", "issuing.pem", "root.pem"].iter().position(|n| *n == name).unwrap();
            self.put(name, format!("{begin}{}", blocks[place]).as_bytes())
        })
    }
}

/// certificates.md section 2.3: the operation is like that of Self; every provider that Azure names, and others.
#[tokio::test]
async fn every_provider_issues_a_chain_that_openssl_verifies() {
    for provider in
        ["DigiCert", "GlobalSign", "OneCertV2-PrivateCA", "OneCertV2-PublicCA", "SslAdminV2", "Test"]
    {
        let vault = Vault::new(standing());
        let created = create(&vault.service(), provider).await;
        assert_eq!(
            (&created["status"], &created["issuer"]),
            (&"inProgress".into(), &serde_json::json!({"name": "ca"}))
        );
        assert!(created["status_details"].as_str().unwrap().contains("based on the issuer provider"));
        assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.json()["status"], "completed");
        let files = Files(tempfile::tempdir().unwrap());
        let [leaf, issuing, root] = files.chain(&vault.service()).await;
        let at = "1801396800";
        openssl(
            &["verify", "-x509_strict", "-attime", at, "-CAfile", &root, "-untrusted", &issuing, &leaf],
            b"",
        );
        // `cer` is the leaf alone.
        let cer = vault.call("GET", "/certificates/c", "").await.json()["cer"].as_str().unwrap().to_owned();
        let der = openssl_bytes(&["x509", "-in", &leaf, "-outform", "DER"], b"");
        assert_eq!(STANDARD.decode(cer).unwrap(), der);
    }
}

#[tokio::test]
async fn one_seed_issues_the_same_chain_again() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let vault = Vault::new(standing());
        create(&vault.service(), "DigiCert").await;
        seen.push(vault.call("GET", "/secrets/c", "").await.json()["value"].clone());
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_named_issuers_certificate_is_renewed_by_it() {
    let vault = Vault::new(standing());
    create(&vault.service(), "DigiCert").await;
    vault.advance(std::time::Duration::from_hours(24 * 400));
    let found = vault.call("GET", "/certificates/c/versions", "").await.json();
    assert_eq!(found["value"].as_array().unwrap().len(), 2);
    let files = Files(tempfile::tempdir().unwrap());
    let [leaf, issuing, root] = files.chain(&vault.service()).await;
    let at = vault.clock().now().seconds().to_string();
    openssl(&["verify", "-attime", &at, "-CAfile", &root, "-untrusted", &issuing, &leaf], b"");
}

/// certificates.md section 4.3: the text of this refusal was never recorded.
#[tokio::test]
async fn an_issuer_that_is_not_there_or_disabled_is_refused_at_create() {
    let vault = Vault::new(standing());
    let refused = |answer: akv_tests::Answer| {
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.json()["error"]["message"], "Property policy.issuer has invalid value\r\n");
    };
    refused(vault.call("POST", "/certificates/c/create", POLICY).await);
    assert_eq!(vault.call("GET", "/certificates/c", "").await.status, 404);
    let issuer = r#"{"provider":"Test","attributes":{"enabled":false}}"#;
    vault.call("PUT", "/certificates/issuers/ca", issuer).await;
    refused(vault.call("POST", "/certificates/c/create", POLICY).await);
}

/// An emulator that listens, with the machine's clock: what validates certificates judges by that.
async fn listening() -> (Running, Service) {
    let emulator = Emulator::new(Config { seed: Some(7), ..Config::default() }).unwrap();
    let service = emulator.service();
    (emulator.start().await.unwrap(), service)
}

/// What a client of a certificate does: dials the URL that stands in it, over plain HTTP.
async fn fetch(url: &str) -> Vec<u8> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    answer.bytes().await.unwrap().to_vec()
}

/// The URL behind `label` in what openssl prints of a certificate.
fn place(certificate: &str, label: &str) -> String {
    let text = openssl(&["x509", "-in", certificate, "-noout", "-text"], b"");
    let (_, rest) = text.split_once(label).unwrap_or_else(|| panic!("no {label}: {text}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Each certificate's issuer is where the certificate says, and the root where README says.
async fn the_chain_is_published(running: &Running, leaf: &str, issuing: &str, root: &str) {
    let above = fetch(&place(leaf, "CA Issuers - URI:")).await;
    assert_eq!(above, openssl_bytes(&["x509", "-in", issuing, "-outform", "DER"], b""));
    let top = fetch(&place(issuing, "CA Issuers - URI:")).await;
    assert_eq!(top, openssl_bytes(&["x509", "-in", root, "-outform", "DER"], b""));
    let published = format!("{}/pki/root.pem", running.proxy());
    assert_eq!(fetch(&published).await, std::fs::read(root).unwrap());
}

#[tokio::test]
async fn whoever_validates_finds_issuer_list_and_ocsp_where_the_certificate_says() {
    let (running, service) = listening().await;
    create(&service, "DigiCert").await;
    let files = Files(tempfile::tempdir().unwrap());
    let [leaf, issuing, root] = files.chain(&service).await;
    the_chain_is_published(&running, &leaf, &issuing, &root).await;

    let lists = async |leaf: &str| {
        let mut lists = Vec::new();
        for certificate in [leaf, &issuing] {
            let list = fetch(&place(certificate, "Full Name:\n                  URI:")).await;
            lists.extend(openssl_bytes(&["crl", "-inform", "DER"], &list));
        }
        files.put("lists.pem", &lists)
    };
    let verify = |lists: &str| {
        Command::new("openssl")
            .args([
                "verify",
                "-crl_check_all",
                "-CAfile",
                &root,
                "-untrusted",
                &issuing,
                "-CRLfile",
                lists,
                &leaf,
            ])
            .output()
            .unwrap()
    };
    let verified = verify(&lists(&leaf).await);
    assert!(verified.status.success(), "{verified:?}");

    let url = place(&leaf, "OCSP - URI:");
    let (asked, answered) = (files.put("request.der", b""), files.put("response.der", b""));
    openssl(&["ocsp", "-issuer", &issuing, "-cert", &leaf, "-no_nonce", "-reqout", &asked], b"");
    let request = std::fs::read(&asked).unwrap();
    let says = |response: Vec<u8>| {
        std::fs::write(&answered, response).unwrap();
        let arguments = ["ocsp", "-no_nonce", "-issuer", &issuing, "-cert", &leaf, "-respin", &answered];
        let trust = ["-CAfile", &root, "-verify_other", &issuing];
        let output = Command::new("openssl").args(arguments).args(trust).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let posted = client.post(&url).body(request.clone()).send().await.unwrap();
    assert_eq!(posted.headers()["content-type"], "application/ocsp-response");
    let encoded = STANDARD.encode(&request).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let by_get = format!("{url}/{encoded}");
    for response in [posted.bytes().await.unwrap().to_vec(), fetch(&by_get).await] {
        let said = says(response);
        assert!(said.contains("Response verify OK") && said.contains("leaf.pem: good"), "{said}");
    }

    // Revoked: both ways of asking say so, and why.
    let revoke = format!("{}/akv/certificates/kv/c/revoke", running.proxy());
    let revoked = client.post(&revoke).body(r#"{"reason":"keyCompromise"}"#).send().await.unwrap();
    assert_eq!(revoked.status(), 200);
    let said = says(fetch(&by_get).await);
    assert!(said.contains("Response verify OK") && said.contains("leaf.pem: revoked"), "{said}");
    assert!(said.contains("keyCompromise"), "{said}");
    let refused = verify(&lists(&leaf).await);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("certificate revoked"), "{refused:?}");
    running.stop().await;
}

/// What openssl reads in the list of an emulator that does not listen.
async fn list_of(vault: &Vault) -> String {
    let request = http::Request::get("/pki/issuing.crl").header("host", "localhost");
    let answer = vault.service().call(request.body(bytes::Bytes::new()).unwrap()).await;
    openssl(&["crl", "-inform", "DER", "-noout", "-text"], answer.body())
}

/// The authority's key outlives a restart, and so does what it said; in memory or with a seed, every run begins anew.
#[tokio::test]
async fn what_was_revoked_stays_so_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Config { seed: None, data: Data::Directory(folder.path().to_owned()), ..standing() };
    let first = Vault::new(kept());
    create(&first.service(), "DigiCert").await;
    let revoked = control(&first, "certificates/kv/c/revoke", r#"{"reason":"superseded"}"#).await.json();
    let serial = revoked["serial"].as_str().unwrap().to_owned();
    drop(first);

    let listed = list_of(&Vault::new(kept())).await;
    assert!(listed.contains(&serial) && listed.contains("Superseded"), "{serial}: {listed}");
    assert!(
        list_of(&Vault::new(Config { seed: Some(7), ..kept() })).await.contains("No Revoked Certificates")
    );

    let file = folder.path().join("revocations.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&file, "[").unwrap();
    let complaint = Emulator::new(kept()).unwrap_err().to_string();
    assert!(complaint.contains("revocations.json") && complaint.contains("--data-dir"), "{complaint}");
}

/// Nothing else is published, and nothing to be changed there.
#[tokio::test]
async fn what_is_not_published_is_not_found() {
    let vault = Vault::new(standing());
    let control = vault.beside("localhost");
    for (method, path) in
        [("GET", "/pki/issuing.key"), ("GET", "/pki/leaf.cer"), ("POST", "/pki/root.cer"), ("GET", "/pki/")]
    {
        assert_eq!(control.send(method, path, "", &[]).await.status, 404, "{method} {path}");
    }
}

/// The control API, as `akv issuer` calls it.
async fn control(vault: &Vault, path: &str, body: &str) -> akv_tests::Answer {
    vault.beside("localhost").send("POST", &format!("/akv/{path}"), body, &[]).await
}

async fn operation(vault: &Vault) -> Value {
    vault.call("GET", "/certificates/c/pending", "").await.json()
}

/// The issuer `ca` of a provider, told how to treat requests, and a certificate `c` asked of it.
async fn treated(treatment: &str) -> Vault {
    let vault = Vault::new(standing());
    let issuer = r#"{"provider":"DigiCert","org_details":{"id":"1"}}"#;
    vault.call("PUT", "/certificates/issuers/ca", issuer).await;
    let told = control(&vault, "issuers/kv/ca", treatment).await;
    assert_eq!(told.status, 200, "{told:?}");
    let created = vault.call("POST", "/certificates/c/create", POLICY).await;
    assert_eq!((created.status, created.json()["status"].as_str()), (202, Some("inProgress")));
    vault
}

/// certificates.md sections 2.3, 3 and 4.1, NET:VerifyCertificateOperationError.
#[tokio::test]
async fn an_authority_that_refuses_fails_the_operation_in_the_providers_words() {
    let vault = treated(r#"{"outcome":{"fail":"access_denied|No such account."}}"#).await;
    let failed = operation(&vault).await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["status_details"].as_str().unwrap().starts_with("Pending certificate created."));
    let error = serde_json::json!({"code": "Request rejected", "message": "The call to DigiCert failed with Error code access_denied|No such account."});
    assert_eq!((&failed["error"], failed.get("target")), (&error, None));
    let body = vault.call("GET", "/certificates/c/pending", "").await.body;
    let order = ["\"status\"", "\"status_details\"", "\"error\"", "\"request_id\""];
    assert!(order.map(|member| body.find(member).unwrap()).is_sorted(), "{body}");
    // No version came of it; nothing can be cancelled; another attempt is free.
    assert_eq!(vault.call("GET", "/certificates/c", "").await.json().get("cer"), None);
    assert_eq!(
        vault.call("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#).await.status,
        403
    );
    assert_eq!(control(&vault, "issuers/kv/ca", "{}").await.status, 200);
    assert_eq!(vault.call("POST", "/certificates/c/create", POLICY).await.status, 202);
    assert_eq!(operation(&vault).await["status"], "completed");
}

#[tokio::test]
async fn an_authority_takes_the_time_it_was_told() {
    let vault = treated(r#"{"delay":"2h"}"#).await;
    vault.advance(std::time::Duration::from_mins(119));
    assert_eq!(operation(&vault).await["status"], "inProgress");
    vault.advance(std::time::Duration::from_mins(1));
    assert_eq!(operation(&vault).await["status"], "completed");
    let created = vault.call("GET", "/certificates/c", "").await.json()["attributes"]["created"].clone();
    assert_eq!(created, vault.clock().now().seconds());
}

#[tokio::test]
async fn what_waits_for_approval_is_issued_when_it_gets_it_for_the_key_that_asked() {
    let vault = treated(r#"{"outcome":"approval"}"#).await;
    vault.advance(std::time::Duration::from_hours(240));
    let waiting = operation(&vault).await;
    assert_eq!(waiting["status"], "inProgress");
    assert_eq!(vault.call("POST", "/certificates/c/create", POLICY).await.status, 409);
    assert_eq!(control(&vault, "certificates/kv/c/approve", "").await.status, 200);
    let done = operation(&vault).await;
    assert_eq!((&done["status"], &done["csr"]), (&"completed".into(), &waiting["csr"]));
    let found = vault.call("GET", "/certificates/c", "").await.json();
    assert_eq!(found["attributes"]["created"], vault.clock().now().seconds());
    let der = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let key = |program, der: &[u8]| openssl(&[program, "-inform", "DER", "-noout", "-pubkey"], der);
    assert_eq!(key("req", &der(&waiting["csr"])), key("x509", &der(&found["cer"])));
    // Decided is decided.
    assert_eq!(control(&vault, "certificates/kv/c/reject", "").await.status, 403);
}

#[tokio::test]
async fn what_waits_for_approval_fails_if_rejected_and_stops_if_cancelled() {
    let vault = treated(r#"{"outcome":"approval"}"#).await;
    assert_eq!(control(&vault, "certificates/kv/c/reject", r#"{"reason":"rejected|No."}"#).await.status, 200);
    let failed = operation(&vault).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["message"], "The call to DigiCert failed with Error code rejected|No.");

    let vault = treated(r#"{"outcome":"approval"}"#).await;
    vault.call("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#).await;
    assert_eq!(operation(&vault).await["status"], "cancelled");
    assert_eq!(control(&vault, "certificates/kv/c/approve", "").await.status, 403);

    let vault = treated(r#"{"outcome":"approval"}"#).await;
    assert_eq!(vault.call("DELETE", "/certificates/c/pending", "").await.status, 200);
    assert_eq!(control(&vault, "certificates/kv/c/approve", "").await.status, 404);
}

/// A renewal meets the issuer as it is: refused once, it is not tried again, and the contacts are told.
#[tokio::test]
async fn a_renewal_that_is_refused_leaves_the_old_version_and_tells_the_contacts() {
    for gone in [false, true] {
        let vault = Vault::new(standing());
        vault.call("PUT", "/certificates/contacts", r#"{"contacts":[{"email":"a@example.com"}]}"#).await;
        create(&vault.service(), "DigiCert").await;
        if gone {
            vault.call("DELETE", "/certificates/issuers/ca", "").await;
        } else {
            control(&vault, "issuers/kv/ca", r#"{"outcome":{"fail":"access_denied|No."}}"#).await;
        }
        vault.advance(std::time::Duration::from_hours(24 * 400));
        let failed = operation(&vault).await;
        assert_eq!(failed["status"], "failed", "{failed}");
        let found = vault.call("GET", "/certificates/c/versions", "").await.json();
        assert_eq!(found["value"].as_array().unwrap().len(), 1);
        let journal = vault.beside("localhost").send("GET", "/akv/journal?vault=kv", "", &[]).await.json();
        let mails: Vec<_> =
            journal["entries"].as_array().unwrap().iter().filter(|e| e.get("mail").is_some()).collect();
        assert_eq!(mails.len(), 1);
        assert!(mails[0]["mail"]["subject"].as_str().unwrap().contains("could not be renewed"), "{mails:?}");
    }
}

#[tokio::test]
async fn a_renewal_waits_for_approval_too() {
    let vault = Vault::new(standing());
    create(&vault.service(), "DigiCert").await;
    control(&vault, "issuers/kv/ca", r#"{"outcome":"approval"}"#).await;
    vault.advance(std::time::Duration::from_hours(24 * 300));
    assert_eq!(operation(&vault).await["status"], "inProgress");
    assert_eq!(control(&vault, "certificates/kv/c/approve", "").await.status, 200);
    let found = vault.call("GET", "/certificates/c/versions", "").await.json();
    assert_eq!(found["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_the_control_api_is_asked_amiss_changes_nothing_and_is_explained() {
    let vault = Vault::new(standing());
    create(&vault.service(), "DigiCert").await;
    vault.create("own").await;
    for (path, body, status, says) in [
        ("issuers/kv/absent", "{}", 404, "Issuer not found"),
        ("issuers/nowhere/ca", "{}", 404, "nowhere"),
        ("issuers/kv/ca", r#"{"outcome":"maybe"}"#, 400, "approval"),
        ("issuers/kv/ca", r#"{"delay":"soon"}"#, 400, "90d"),
        ("certificates/kv/c/approve", "", 403, "nothing waits for approval"),
        ("certificates/kv/own/revoke", "", 400, "not issued by the authority"),
        ("certificates/kv/c/revoke", r#"{"reason":"boredom"}"#, 400, "keyCompromise"),
        ("certificates/kv/absent/revoke", "", 404, "absent"),
        ("certificates/kv/c/dance", "", 404, "no '/akv/certificates/kv/c/dance'"),
    ] {
        let answer = control(&vault, path, body).await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        assert!(answer.body.contains(says), "{path}: {answer:?}");
    }
}
