//! Certificates from outside: merged and imported. Source: certificates.md sections 2.4, 2.7 and 4.

use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::witness::{Authority, openssl, openssl_bytes};

const UNKNOWN: &str = r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=web.example"},"issuer":{"name":"Unknown"}}}"#;

fn message(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned())
}

async fn merge(vault: &Vault, certificates: &[Vec<u8>]) -> Answer {
    let x5c: Vec<String> = certificates.iter().map(|der| STANDARD.encode(der)).collect();
    vault
        .call("POST", "/certificates/c/pending/merge", &json!({"x5c": x5c, "tags": {"a": "b"}}).to_string())
        .await
}

/// Go:TestMergeCertificate, CLI:pending.
#[tokio::test]
async fn a_request_waits_until_what_an_authority_issued_for_it_is_merged() {
    let (vault, authority) = (Vault::new(standing()), Authority::new());
    let created = vault.call("POST", "/certificates/c/create", UNKNOWN).await.json();
    assert_eq!(
        created["status_details"],
        "Pending certificate created. Please Perform Merge to complete the request."
    );
    vault.advance(std::time::Duration::from_hours(24));
    assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.json()["status"], "inProgress");
    let request = STANDARD.decode(created["csr"].as_str().unwrap()).unwrap();
    let request = openssl_bytes(&["req", "-inform", "DER", "-verify"], &request);
    authority.sign("leaf", &request, "middle", "leaf.cnf");

    let foreign = merge(&vault, &[authority.der("middle")]).await;
    assert_eq!(message(&foreign), (400, "The public key of the end-entity certificate in the specified X.509 certificate content does not match the public part of the specified private key. Please check if certificate is valid.".into()));
    let chain = ["root", "leaf", "middle"].map(|name| authority.der(name));
    let merged = merge(&vault, &chain).await;
    assert_eq!(merged.status, 201, "{merged:?}");
    let bundle = merged.json();
    let id = bundle["id"].as_str().unwrap();
    assert_eq!(merged.header("location"), format!("{id}?api-version=2025-07-01"));
    assert_eq!(bundle["cer"], STANDARD.encode(authority.der("leaf")));
    assert_eq!(
        (bundle["tags"]["a"].as_str(), bundle["policy"]["issuer"]["name"].as_str()),
        (Some("b"), Some("Unknown"))
    );
    let operation = vault.call("GET", "/certificates/c/pending", "").await.json();
    assert_eq!((operation["status"].as_str(), operation.get("status_details")), (Some("completed"), None));
    assert_eq!(message(&merge(&vault, &chain).await).0, 403);

    // The chain follows the leaf, whatever order it came in.
    let secret = vault.call("GET", "/secrets/c?outContentType=application/x-pem-file", "").await.json();
    let pem = secret["value"].as_str().unwrap();
    let parts: Vec<&str> = pem.split_inclusive("-----END CERTIFICATE-----\n").collect();
    assert!(parts[0].starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let order = ["leaf", "middle", "root"]
        .map(|name| openssl(&["x509", "-in", &authority.text(&format!("{name}.pem"))], b""));
    assert_eq!(parts.iter().map(|part| openssl(&["x509"], part.as_bytes())).collect::<Vec<_>>(), order);
}

#[tokio::test]
async fn a_merge_that_cannot_be_is_refused() {
    let vault = Vault::new(standing());
    let nothing = merge(&vault, &[]).await;
    assert_eq!(nothing.status, 400);
    let authority = Authority::new();
    assert_eq!(
        message(&merge(&vault, &[authority.der("root")]).await),
        (404, "Pending Certificate not found: c".into())
    );
    vault.create("c").await;
    assert_eq!(
        message(&merge(&vault, &[authority.der("root")]).await),
        (403, "Pending status must be in progress to allow update. ".into())
    );
}

/// certificates.md section 2.4: cancelling what waits for a merge is noted, and no more.
#[tokio::test]
async fn cancelling_a_waiting_request_leaves_it_in_progress() {
    let vault = Vault::new(standing());
    vault.call("POST", "/certificates/c/create", UNKNOWN).await;
    let asked =
        vault.call("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#).await.json();
    let later = vault.call("GET", "/certificates/c/pending", "").await.json();
    assert_eq!(asked, later);
    assert_eq!(
        (later["status"].as_str(), later["cancellation_requested"].as_bool()),
        (Some("inProgress"), Some(true))
    );
    vault.call("DELETE", "/certificates/c/pending", "").await;
    vault.create("c").await;
}

async fn import(vault: &Vault, body: &Value) -> Answer {
    vault.call("POST", "/certificates/c/import", &body.to_string()).await
}

/// Section 2.7: modern and legacy encryption, with and without a password; the policy is the certificate's.
#[tokio::test]
async fn pkcs12_of_every_age_is_imported_and_the_policy_derived() {
    let authority = Authority::with_leaf();
    let legacy = ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    for (password, options) in [
        ("secret", &[][..]),
        ("", &[]),
        ("secret", &legacy),
        ("secret", &["-legacy"]), // RC2 of 40 bits for the certificates
        ("secret", &["-legacy", "-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-2DES"]),
        ("", &["-legacy"]),
        ("secret", &["-nomac"]),
    ] {
        let vault = Vault::new(standing());
        let body = json!({"value": authority.pack(password, options) + "\n", "pwd": password});
        let imported = import(&vault, &body).await;
        assert_eq!(imported.status, 200, "{options:?}: {imported:?}");
        let bundle = imported.json();
        assert_eq!(bundle["cer"], STANDARD.encode(authority.der("leaf")));
        assert!(bundle.get("pending").is_none());
        let policy = &bundle["policy"];
        assert_eq!(
            policy["key_props"],
            json!({"exportable": true, "kty": "EC", "key_size": 256, "reuse_key": false, "crv": "P-256"})
        );
        assert_eq!(
            policy["x509_props"],
            json!({
                "subject": "CN=web.example, O=Contoso, S=WA, C=US",
                "sans": {"emails": [], "dns_names": ["web.example"], "upns": [], "uris": [], "ipAddresses": ["10.0.0.1"]},
                "ekus": ["1.3.6.1.5.5.7.3.1"], "key_usage": ["digitalSignature"],
                "validity_months": 120, "basic_constraints": {"ca": false},
            })
        );
        assert_eq!(policy["issuer"], json!({"name": "Unknown"}));
        assert_eq!(policy["lifetime_actions"][0]["action"]["action_type"], "EmailContacts");
        assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.status, 404);
    }
}

/// Section 2.7: PEM as text, or in base64 as az sends it; an encrypted key with its password.
#[tokio::test]
async fn pem_is_imported_in_any_order_plain_or_encrypted() {
    let authority = Authority::with_leaf();
    let key = authority.read("leaf.key");
    let seal = ["pkcs8", "-topk8", "-in", &authority.text("leaf.key"), "-passout", "pass:secret"];
    let encrypted = openssl(&seal, b"");
    let encrypted_of_old = openssl(&[&seal[..], &["-v1", "PBE-SHA1-3DES"]].concat(), b"");
    let chain = authority.read("root.pem") + &authority.read("leaf.pem") + &authority.read("middle.pem");
    let policy =
        json!({"secret_props": {"contentType": "application/x-pem-file"}, "issuer": {"name": "Self"}});
    for (value, password) in [
        (format!("{key}{chain}"), Value::Null),
        (format!("{chain}{key}"), Value::Null),
        (STANDARD.encode(format!("{chain}{key}")), Value::Null),
        (format!("{encrypted}{chain}"), json!("secret")),
        (format!("{encrypted_of_old}{chain}"), json!("secret")),
    ] {
        let vault = Vault::new(standing());
        let imported = import(&vault, &json!({"value": value, "pwd": password, "policy": policy})).await;
        assert_eq!(imported.status, 200, "{imported:?}");
        assert_eq!(imported.json()["policy"]["lifetime_actions"][0]["action"]["action_type"], "AutoRenew");
        let secret = vault.call("GET", "/secrets/c", "").await.json();
        assert_eq!(secret["contentType"], "application/x-pem-file");
        assert_eq!(secret["value"].as_str().unwrap().matches("BEGIN CERTIFICATE").count(), 3);
    }
}

#[tokio::test]
async fn an_import_is_another_version_and_meets_the_same_conflicts() {
    let authority = Authority::with_leaf();
    let body =
        json!({"value": authority.pack("", &[]), "attributes": {"enabled": false}, "tags": {"a": "1"}});
    let vault = Vault::new(standing());
    vault.create("c").await;
    let imported = import(&vault, &body).await.json();
    assert_eq!(
        (imported["attributes"]["enabled"].as_bool(), imported["tags"]["a"].as_str()),
        (Some(false), Some("1"))
    );
    assert_eq!(
        vault.call("GET", "/certificates/c/versions", "").await.json()["value"].as_array().unwrap().len(),
        2
    );
    vault.call("DELETE", "/certificates/c", "").await;
    let refused = import(&vault, &body).await.json();
    assert_eq!(refused["error"]["innererror"]["code"], "ObjectIsDeletedButRecoverable");
}

/// Section 2.7: every kind of key, as openssl packs and writes it; P-256K by its name and spelled out as Azure does.
#[tokio::test]
async fn every_kind_of_key_is_imported_in_both_forms() {
    let authority = Authority::new();
    let kinds: [(&[&str], &str, u32, Option<&str>); 8] = [
        (&["RSA", "rsa_keygen_bits:2048"], "RSA", 2048, None),
        (&["RSA", "rsa_keygen_bits:3072"], "RSA", 3072, None),
        (&["RSA", "rsa_keygen_bits:4096"], "RSA", 4096, None),
        (&["EC", "ec_paramgen_curve:P-256"], "EC", 256, Some("P-256")),
        (&["EC", "ec_paramgen_curve:P-384"], "EC", 384, Some("P-384")),
        (&["EC", "ec_paramgen_curve:P-521"], "EC", 521, Some("P-521")),
        (&["EC", "ec_paramgen_curve:secp256k1"], "EC", 256, Some("P-256K")),
        (&["EC", "ec_paramgen_curve:secp256k1", "ec_param_enc:explicit"], "EC", 256, Some("P-256K")),
    ];
    let vault = Vault::new(standing());
    for (index, (key, kty, size, curve)) in kinds.into_iter().enumerate() {
        authority.key_of("leaf", key);
        authority.issue("leaf", "/CN=kind", "middle", "leaf.cnf");
        let pem = authority.read("leaf.pem") + &authority.read("leaf.key");
        for (form, value) in [("pkcs12", authority.pack("", &[])), ("pem-file", pem)] {
            let name = format!("c{index}-{form}");
            let policy = json!({"secret_props": {"contentType": format!("application/x-{form}")}});
            let body = json!({"value": value, "policy": policy}).to_string();
            let imported = vault.call("POST", &format!("/certificates/{name}/import"), &body).await;
            assert_eq!(imported.status, 200, "{key:?} {form}: {imported:?}");
            let imported = imported.json();
            assert_eq!(imported["cer"], STANDARD.encode(authority.der("leaf")));
            let made = &imported["policy"]["key_props"];
            assert_eq!((made["kty"].as_str(), made["key_size"].as_u64()), (Some(kty), Some(u64::from(size))));
            assert_eq!(made["crv"].as_str(), curve);
            // What was taken in comes out again: openssl finds the same key.
            let secret = vault
                .call("GET", &format!("/secrets/{name}?outContentType=application/x-pem-file"), "")
                .await;
            let own = openssl(
                &["pkey", "-pubout", "-outform", "PEM"],
                secret.json()["value"].as_str().unwrap().as_bytes(),
            );
            let named = |public: &str| match curve {
                None => public.to_owned(),
                Some(_) => openssl(&["ec", "-pubin", "-param_enc", "named_curve"], public.as_bytes()),
            };
            let expected = openssl(&["pkey", "-in", &authority.text("leaf.key"), "-pubout"], b"");
            assert_eq!(named(&own), named(&expected), "{key:?} {form}");
        }
    }
}

/// Section 2.1, NET:ImportCertificateWithPreserveCertificateOrder: the chain follows the leaf, unless its owner wants it
/// as it was.
#[tokio::test]
async fn the_chain_keeps_its_order_only_if_that_was_asked_for() {
    let authority = Authority::with_leaf();
    let given = ["root", "middle"];
    let chain: String = given.map(|name| authority.read(&format!("{name}.pem"))).concat();
    let value = authority.read("leaf.key") + &authority.read("leaf.pem") + &chain;
    for (preserve, order) in
        [(None, ["middle", "root"]), (Some(false), ["middle", "root"]), (Some(true), given)]
    {
        let vault = Vault::new(standing());
        let policy = json!({"secret_props": {"contentType": "application/x-pem-file"}});
        let mut body = json!({"value": value, "policy": policy});
        if let Some(preserve) = preserve {
            body["preserveCertOrder"] = json!(preserve);
        }
        let imported = import(&vault, &body).await.json();
        assert_eq!(imported.get("preserveCertOrder").and_then(Value::as_bool), preserve);
        let secret = vault.call("GET", "/secrets/c", "").await.json();
        let found: Vec<String> = secret["value"]
            .as_str()
            .unwrap()
            .split_inclusive("-----END CERTIFICATE-----\n")
            .map(|part| openssl(&["x509", "-noout", "-subject"], part.as_bytes()))
            .collect();
        let name = |file: &str| {
            openssl(&["x509", "-noout", "-subject", "-in", &authority.text(&format!("{file}.pem"))], b"")
        };
        assert_eq!(found, ["leaf", order[0], order[1]].map(name), "{preserve:?}");
        // In PKCS#12 too the chain is whole.
        let pfx = vault.call("GET", "/secrets/c?outContentType=application/x-pkcs12", "").await.json();
        let pfx = STANDARD.decode(pfx["value"].as_str().unwrap()).unwrap();
        let unpacked = openssl(&["pkcs12", "-passin", "pass:", "-nokeys"], &pfx);
        assert_eq!(unpacked.matches("BEGIN CERTIFICATE").count(), 3);
    }
}
