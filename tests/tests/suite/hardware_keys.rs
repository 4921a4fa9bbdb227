//! Keys in hardware: symmetric keys and their algorithms, and release to attested environments (keys-and-secrets.md
//! sections 4.3, 4.4 and 4.7).

use akv_emulator::config::{Config, Data};
use akv_emulator::crypto::{
    Curve, KeyMaterial, KeySpec, PrivateKey, PublicComponents, PublicKey, ReleaseWrap, RsaSize, SymmetricKey,
    SymmetricSize,
};
use akv_emulator::vault::{Settings, Sku};
use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::witness::openssl;

fn pool() -> Vault {
    Vault::new(standing()).called("hsm.managedhsm.azure.net")
}

fn premium() -> Vault {
    Vault::new(Config { settings: Settings { sku: Sku::Premium, ..Settings::default() }, ..standing() })
}

async fn post(vault: &Vault, path: &str, body: Value) -> Answer {
    vault.call("POST", path, &body.to_string()).await
}

fn certificate(key: &Value) -> Value {
    json!({"policy": {"key_props": key, "x509_props": {"subject": "CN=c"}, "issuer": {"name": "Self"}}})
}

/// Microsoft's page "About certificates": RSA-HSM and EC-HSM in premium vaults, and such a key is not exportable.
#[tokio::test]
async fn a_certificates_key_is_kept_in_hardware_and_its_secret_has_none() {
    let premium = premium();
    for kty in ["RSA-HSM", "EC-HSM"] {
        let name = format!("c-{kty}");
        let created =
            post(&premium, &format!("/certificates/{name}/create"), certificate(&json!({"kty": kty}))).await;
        assert_eq!(created.status, 202, "{created:?}");
        let policy = premium.call("GET", &format!("/certificates/{name}/policy"), "").await.json();
        assert_eq!(
            (&policy["key_props"]["kty"], &policy["key_props"]["exportable"]),
            (&json!(kty), &json!(false))
        );
        let key = premium.call("GET", &format!("/keys/{name}"), "").await.json();
        assert_eq!((&key["key"]["kty"], &key["attributes"]["hsmPlatform"]), (&json!(kty), &json!("2")));
        let sign = json!({"alg": if kty == "EC-HSM" { "ES256" } else { "RS256" }, "value": URL_SAFE_NO_PAD.encode([1; 32])});
        assert_eq!(post(&premium, &format!("/keys/{name}/sign"), sign).await.status, 200);
        let secret = premium.call("GET", &format!("/secrets/{name}"), "").await.json();
        let unpacked = openssl(
            &["pkcs12", "-passin", "pass:", "-nodes"],
            &STANDARD.decode(secret["value"].as_str().unwrap()).unwrap(),
        );
        assert!(unpacked.contains("BEGIN CERTIFICATE") && !unpacked.contains("PRIVATE KEY"), "{unpacked}");
    }
    let exportable = certificate(&json!({"kty": "RSA-HSM", "exportable": true}));
    let refused = post(&premium, "/certificates/d/create", exportable).await;
    assert_eq!(
        (refused.status, refused.json()["error"]["message"].as_str()),
        (400, Some("Property policy.key_props has invalid value\r\n"))
    );
}

/// By whatever way such a policy comes: keys-and-secrets.md section 5, E-400.
#[tokio::test]
async fn a_standard_vault_keeps_no_certificates_key_in_hardware() {
    let folder = tempfile::tempdir().unwrap();
    // They share the key of backups.
    let in_folder = |sku| {
        let settings = Settings { sku, ..Settings::default() };
        let data = Data::Directory(folder.path().to_owned());
        Vault::new(Config { settings, data, ..standing() })
    };
    let (standard, premium) = (in_folder(Sku::Standard), in_folder(Sku::Premium));
    let hardware = json!({"kty": "EC-HSM"});
    let refused = |answer: Answer| {
        let message = "Hardware key operation not allowed on standard vault";
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].as_str()),
            (400, Some(message)),
            "{answer:?}"
        );
    };
    refused(post(&standard, "/certificates/c/create", certificate(&hardware)).await);
    post(&standard, "/certificates/c/create", certificate(&json!({"kty": "EC"}))).await;
    let patch = json!({"key_props": hardware}).to_string();
    refused(standard.call("PATCH", "/certificates/c/policy", &patch).await);
    refused(
        standard
            .call("PATCH", "/certificates/c", &json!({"policy": {"key_props": hardware}}).to_string())
            .await,
    );
    let pfx = standard.call("GET", "/secrets/c", "").await.json()["value"].clone();
    let policy = json!({"key_props": hardware, "secret_props": {"contentType": "application/x-pkcs12"}});
    let import = json!({"value": pfx, "policy": policy});
    refused(post(&standard, "/certificates/d/import", import.clone()).await);
    assert_eq!(standard.call("GET", "/certificates/c/policy", "").await.json()["key_props"]["kty"], "EC");

    let imported = post(&premium, "/certificates/d/import", import).await.json();
    assert_eq!(imported["policy"]["key_props"]["kty"], "EC-HSM", "{imported}");
    let key = premium.call("GET", "/keys/d", "").await.json();
    assert_eq!(key["key"]["kty"], "EC-HSM");
    let backup = premium.call("POST", "/certificates/d/backup", "").await.json();
    refused(post(&standard, "/certificates/restore", backup).await);
}

#[tokio::test]
async fn a_symmetric_key_of_every_size_encrypts_wraps_and_signs() {
    let pool = pool();
    for bits in [128, 192, 256] {
        let name = format!("k{bits}");
        let made =
            post(&pool, &format!("/keys/{name}/create"), json!({"kty": "oct-HSM", "key_size": bits})).await;
        let made = made.json();
        assert_eq!(made["key"]["kty"], "oct-HSM", "{made}");
        assert_eq!(
            made["key"]["key_ops"],
            json!(["deriveKey", "wrapKey", "verify", "sign", "unwrapKey", "encrypt", "decrypt"])
        );
        assert!(made["key"].get("k").is_none() && made["key"].get("n").is_none());
        let text = URL_SAFE_NO_PAD.encode([7; 32]);
        for (mode, members) in
            [("GCM", "alg iv kid tag value"), ("CBC", "alg iv kid value"), ("CBCPAD", "alg iv kid value")]
        {
            let alg = format!("A{bits}{mode}");
            let sealed =
                post(&pool, &format!("/keys/{name}/encrypt"), json!({"alg": alg, "value": text})).await;
            let mut sealed = sealed.json();
            let names: Vec<_> = sealed.as_object().unwrap().keys().cloned().collect();
            assert_eq!(names.join(" "), members, "{sealed}");
            let opened = post(&pool, &format!("/keys/{name}/decrypt"), sealed.clone()).await.json();
            assert_eq!((&opened["value"], &opened["alg"]), (&json!(text), &json!(alg)));
            sealed["value"] = json!(URL_SAFE_NO_PAD.encode([7; 33]));
            assert_eq!(post(&pool, &format!("/keys/{name}/decrypt"), sealed).await.status, 400);
        }
        for alg in [format!("A{bits}KW"), "CKM_AES_KEY_WRAP".to_owned(), "CKM_AES_KEY_WRAP_PAD".to_owned()] {
            let wrapped =
                post(&pool, &format!("/keys/{name}/wrapkey"), json!({"alg": alg, "value": text})).await;
            let request = json!({"alg": alg, "value": wrapped.json()["value"]});
            let opened = post(&pool, &format!("/keys/{name}/unwrapkey"), request).await.json();
            assert_eq!(opened["value"], text, "{alg}");
            let encrypt =
                post(&pool, &format!("/keys/{name}/encrypt"), json!({"alg": alg, "value": text})).await;
            assert_eq!(encrypt.status, 400, "{alg}");
        }
        for alg in ["HS256", "HS384", "HS512"] {
            let signed = post(&pool, &format!("/keys/{name}/sign"), json!({"alg": alg, "value": text})).await;
            let value = signed.json()["value"].clone();
            let verify = |digest: &str| json!({"alg": alg, "digest": digest, "value": value});
            let good = post(&pool, &format!("/keys/{name}/verify"), verify(&text)).await;
            assert_eq!(good.body, r#"{"value":true}"#);
            let bad = post(&pool, &format!("/keys/{name}/verify"), verify("AAAA")).await;
            assert_eq!(bad.body, r#"{"value":false}"#);
        }
    }
}

#[tokio::test]
async fn wrong_sizes_and_foreign_algorithms_are_refused_in_the_pools_words() {
    let pool = pool();
    let refused = post(&pool, "/keys/k/create", json!({"kty": "oct-HSM", "key_size": 64})).await;
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Invalid key size: '64' (Activity ID: "), "{message}");
    post(&pool, "/keys/k/create", json!({"kty": "oct-HSM", "key_size": 128})).await;
    for alg in ["A256GCM", "RSA-OAEP", "A128KW", ""] {
        let refused = post(&pool, "/keys/k/encrypt", json!({"alg": alg, "value": "AAAA"})).await;
        assert_eq!(refused.status, 400, "{alg}");
    }
    let old = post(&pool, "/keys/k/sign?api-version=7.6", json!({"alg": "HS256", "value": "AAAA"})).await;
    assert_eq!(old.status, 400, "{old:?}");
}

#[tokio::test]
async fn imported_bytes_are_the_key_and_a_backup_keeps_it() {
    let pool = pool();
    let body = json!({"key": {"kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32])}});
    let made = pool.call("PUT", "/keys/k", &body.to_string()).await.json();
    assert_eq!(made["key"]["kty"], "oct-HSM", "{made}");
    let sign = json!({"alg": "HS256", "value": "AAAA"});
    let before = post(&pool, "/keys/k/sign", sign.clone()).await.json()["value"].clone();
    let backup = pool.call("POST", "/keys/k/backup", "").await.body;
    pool.call("DELETE", "/keys/k", "").await;
    assert_eq!(pool.call("DELETE", "/deletedkeys/k", "").await.status, 204);
    assert_eq!(pool.call("POST", "/keys/restore", &backup).await.status, 200);
    assert_eq!(post(&pool, "/keys/k/sign", sign).await.json()["value"], before);
}

/// keys-and-secrets.md section 5, E-400, by the way of a backup; and the two products keep theirs apart.
#[tokio::test]
async fn a_backup_brings_no_key_where_none_such_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    // They share the key of backups.
    let in_folder = |sku| {
        let settings = Settings { sku, ..Settings::default() };
        let data = Data::Directory(folder.path().to_owned());
        Vault::new(Config { settings, data, ..standing() })
    };
    let (standard, premium) = (in_folder(Sku::Standard), in_folder(Sku::Premium));
    let pool = in_folder(Sku::Premium).called("hsm.managedhsm.azure.net");
    let backup = async |vault: &Vault, kty: &str| {
        let made = post(vault, &format!("/keys/{kty}/create"), json!({"kty": kty})).await;
        assert_eq!(made.status, 200, "{made:?}");
        vault.call("POST", &format!("/keys/{kty}/backup"), "").await.body
    };
    let restore = async |vault: &Vault, backup: &str| vault.call("POST", "/keys/restore", backup).await;
    for kty in ["RSA-HSM", "EC-HSM", "oct-HSM"] {
        let of_premium = backup(&premium, kty).await;
        let refused = restore(&standard, &of_premium).await;
        let hardware = r#"{"error":{"code":"BadParameter","message":"Hardware key operation not allowed on standard vault"}}"#;
        assert_eq!((refused.status, refused.body.as_str()), (400, hardware), "{kty}");
        let of_pool = backup(&pool, kty).await;
        for (there, blob) in [(&pool, &of_premium), (&premium, &of_pool), (&standard, &of_pool)] {
            let refused = restore(there, blob).await;
            assert_eq!(
                (refused.status, refused.json()["error"]["code"].as_str()),
                (400, Some("Malformed backup blob")),
                "{kty}: {refused:?}"
            );
        }
        let again = in_folder(Sku::Premium);
        assert_eq!(restore(&again, &of_premium).await.json()["key"]["kty"], kty);
        assert_eq!(
            restore(&again.called("hsm.managedhsm.azure.net"), &of_pool).await.json()["key"]["kty"],
            kty
        );
    }
    assert_eq!(standard.call("GET", "/keys", "").await.body, r#"{"value":[],"nextLink":null}"#);
    let of_software = backup(&standard, "EC").await;
    assert_eq!(restore(&premium, &of_software).await.json()["key"]["kty"], "EC");
}

/// Section 4.4, and azure-rest-api-specs: the size of a symmetric key since 2026-01-01-preview.
#[tokio::test]
async fn a_vault_answers_no_algorithm_and_tells_a_symmetric_keys_size_since_2026() {
    let vault = premium();
    let made = post(
        &vault,
        "/keys/k/create?api-version=2026-01-01-preview",
        json!({"kty": "oct-HSM", "key_size": 192}),
    )
    .await;
    assert_eq!(made.json()["attributes"]["key_size"], 192);
    let before = vault.call("GET", "/keys/k?api-version=2025-07-01", "").await.json();
    assert!(before["attributes"].get("key_size").is_none(), "{before}");
    let members = |answer: &Answer| {
        let json = answer.json();
        let mut names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    let text = URL_SAFE_NO_PAD.encode([7; 16]);
    for (operation, alg, named) in [
        ("encrypt", "A192GCM", "iv kid tag value"),
        ("encrypt", "A192CBC", "iv kid value"),
        ("wrapkey", "A192KW", "kid value"),
        ("sign", "HS256", "kid value"),
    ] {
        let done = post(&vault, &format!("/keys/k/{operation}"), json!({"alg": alg, "value": text})).await;
        assert_eq!(members(&done), named, "{done:?}");
    }
}

#[tokio::test]
async fn a_standard_vault_has_no_symmetric_keys_and_a_premium_one_has() {
    let body = json!({"kty": "oct-HSM", "key_size": 256});
    let refused = post(&Vault::new(standing()), "/keys/k/create", body.clone()).await;
    assert_eq!(refused.json()["error"]["message"], "Hardware key operation not allowed on standard vault");
    assert_eq!(post(&premium(), "/keys/k/create", body).await.status, 200);
}

/// A transfer blob as an HSM's maker's tool writes it: `material`, sealed for the key exchange key of that answer.
fn transfer(exchange: &Value, material: &KeyMaterial, header: &Value) -> String {
    let key = &exchange["key"];
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = PublicKey::from_rsa_numbers(&number("n"), &number("e")).unwrap();
    let ciphertext = public.wrap_material(ReleaseWrap::CkmRsaAesKeyWrap, material).unwrap();
    let mut blob = json!({
        "schema_version": "1.0.0",
        "header": {"kid": key["kid"], "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"},
        "ciphertext": URL_SAFE_NO_PAD.encode(ciphertext),
        "generator": "a maker's tool",
    });
    for (member, value) in header.as_object().unwrap() {
        blob["header"][member] = value.clone();
    }
    URL_SAFE_NO_PAD.encode(blob.to_string())
}

async fn import(vault: &Vault, key: Value) -> Answer {
    vault.call("PUT", "/keys/target", &json!({"key": key}).to_string()).await
}

/// learn.microsoft.com, "Bring your own key specification"; by openssl and az in tests/clients/az/keys.sh.
#[tokio::test]
async fn a_key_sealed_for_a_key_exchange_key_is_imported() {
    let rsa = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [4; 32]).unwrap();
    let ec = PrivateKey::derive(KeySpec::Ec(Curve::P384), [5; 32]).unwrap();
    let oct = SymmetricKey::derive(SymmetricSize::Bits256, [6; 32]);
    for vault in [premium(), pool()] {
        let body = json!({"kty": "RSA-HSM", "key_ops": ["import"]});
        let exchange = post(&vault, "/keys/kek/create", body).await.json();
        assert_eq!(exchange["key"]["key_ops"], json!(["import"]), "{exchange}");
        for (kty, material) in
            [("RSA-HSM", rsa.clone().into()), ("EC-HSM", ec.clone().into()), ("oct-HSM", oct.clone().into())]
        {
            let blob = transfer(&exchange, &material, &json!({}));
            let imported = import(&vault, json!({"kty": kty, "key_hsm": blob})).await;
            assert_eq!(imported.status, 200, "{kty}: {imported:?}");
            assert_eq!(imported.json()["key"]["kty"], kty);
        }
        let listed = vault.call("GET", "/keys/target/versions", "").await.json();
        assert_eq!(listed["value"].as_array().unwrap().len(), 3);
        let blob = transfer(&exchange, &ec.clone().into(), &json!({}));
        let imported =
            import(&vault, json!({"kty": "EC-HSM", "crv": "P-384", "key_hsm": blob, "key_ops": ["sign"]}))
                .await
                .json();
        assert_eq!(
            (&imported["key"]["crv"], &imported["key"]["key_ops"]),
            (&json!("P-384"), &json!(["sign"]))
        );
        assert!(imported["key"].get("key_hsm").is_none());
        let PublicComponents::Ec { x, .. } = ec.public_key().components() else { panic!("an EC key") };
        assert_eq!(imported["key"]["x"], URL_SAFE_NO_PAD.encode(x));
    }
}

/// What Azure says of each is unverified; nothing is made.
#[tokio::test]
async fn a_transfer_blob_that_does_not_fit_is_refused() {
    let vault = premium();
    let material = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [4; 32]).unwrap().into();
    let make =
        async |name: &str, body: Value| post(&vault, &format!("/keys/{name}/create"), body).await.json();
    let exchange = make("kek", json!({"kty": "RSA-HSM", "key_ops": ["import"]})).await;
    let signer = make("signer", json!({"kty": "RSA-HSM"})).await;
    let software = make("software", json!({"kty": "RSA", "key_ops": ["import"]})).await;
    let off = json!({"kty": "RSA-HSM", "key_ops": ["import"], "attributes": {"enabled": false}});
    let off = make("off", off).await;
    let blob = |exchange: &Value, header: Value| transfer(exchange, &material, &header);
    let good = blob(&exchange, json!({}));
    let (invalid, foreign) = ("Property  has invalid value\r\n", "https://other.vault.azure.net/keys/kek");
    for (key, status, message) in [
        (json!({"kty": "RSA", "key_hsm": good}), 400, invalid),
        (json!({"kty": "EC-HSM", "key_hsm": good}), 400, invalid),
        (json!({"kty": "RSA-HSM", "key_hsm": "e30"}), 400, invalid),
        (json!({"kty": "RSA-HSM", "key_hsm": "!"}), 400, "Content of 'key_hsm' is not base64url."),
        (
            json!({"kty": "RSA-HSM", "key_hsm": blob(&exchange, json!({"enc": "RSA_AES_KEY_WRAP_256"}))}),
            400,
            invalid,
        ),
        (json!({"kty": "RSA-HSM", "key_hsm": blob(&exchange, json!({"alg": "RSA-OAEP"}))}), 400, invalid),
        (json!({"kty": "RSA-HSM", "key_hsm": blob(&exchange, json!({"kid": "kek"}))}), 400, invalid),
        (
            json!({"kty": "RSA-HSM", "key_hsm": blob(&exchange, json!({"kid": foreign}))}),
            404,
            "A key with (name/id) kek was not found",
        ),
        (
            json!({"kty": "RSA-HSM", "key_hsm": blob(&exchange, json!({"kid": signer["key"]["kid"]}))}),
            403,
            "Operation import is not permitted on this key.",
        ),
        (
            json!({"kty": "RSA-HSM", "key_hsm": blob(&off, json!({}))}),
            403,
            "Operation import is not allowed on a disabled key.",
        ),
        (json!({"kty": "RSA-HSM", "key_hsm": blob(&software, json!({}))}), 400, invalid),
        (
            json!({"kty": "RSA-HSM", "key_hsm": blob(&signer, json!({"kid": exchange["key"]["kid"]}))}),
            400,
            "The parameter is incorrect.\r\n",
        ),
    ] {
        let refused = import(&vault, key).await;
        let text = refused.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(refused.status == status && text.starts_with(message), "{status} {message}: {refused:?}");
    }
    assert_eq!(vault.call("GET", "/keys/target", "").await.status, 404);
}

const AUTHORITY: &str = "https://sharedeus.eus.attest.azure.net";

fn exportable() -> Value {
    let policy = json!({"version": "1.0.0", "anyOf": [
        {"authority": AUTHORITY, "anyOf": [{"claim": "sdk-test", "equals": true}]},
    ]});
    json!({
        "kty": "RSA-HSM",
        "key_ops": ["encrypt", "decrypt", "export"],
        "attributes": {"exportable": true},
        "release_policy": {"data": URL_SAFE_NO_PAD.encode(policy.to_string())},
    })
}

async fn assertion(vault: &Vault, body: Value) -> Value {
    vault.beside("127.0.0.1").send("POST", "/akv/attestation", &body.to_string(), &[]).await.json()
}

#[tokio::test]
async fn a_key_is_released_to_an_environment_that_its_policy_takes() {
    for vault in [pool(), premium()] {
        let made = post(&vault, "/keys/k/create", exportable()).await.json();
        let environment = assertion(&vault, json!({"claims": {"sdk-test": true}})).await;
        let request =
            json!({"target": environment["assertion"], "nonce": "abc", "enc": "RSA_AES_KEY_WRAP_256"});
        let answer = post(&vault, "/keys/k/release", request).await.json();
        let token: Vec<Vec<u8>> = answer["value"]
            .as_str()
            .unwrap()
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        let header: Value = serde_json::from_slice(&token[0]).unwrap();
        assert_eq!((&header["alg"], header["x5c"].as_array().unwrap().len()), (&json!("RS256"), 2));
        let payload: Value = serde_json::from_slice(&token[1]).unwrap();
        assert_eq!(payload["request"]["nonce"], "abc");
        assert_eq!(payload["request"]["enc"], "RSA_AES_KEY_WRAP_256");
        let key = &payload["response"]["key"]["key"];
        assert_eq!((&key["n"], &key["kid"]), (&made["key"]["n"], &made["key"]["kid"]));
        let sealed = URL_SAFE_NO_PAD.decode(key["key_hsm"].as_str().unwrap()).unwrap();
        let sealed: Value = serde_json::from_slice(&sealed).unwrap();
        assert_eq!(
            sealed["header"],
            json!({"kid": "TpmEphemeralEncryptionKey", "alg": "dir", "enc": "RSA_AES_KEY_WRAP_256"})
        );
        let ciphertext = URL_SAFE_NO_PAD.decode(sealed["ciphertext"].as_str().unwrap()).unwrap();
        assert!(ciphertext.len() > 1000, "a wrapped AES key, then a wrapped RSA key");
    }
}

/// Section 4.5: outside its dates a key is released all the same; a disabled one is not (unverified).
#[tokio::test]
async fn a_key_is_released_whatever_its_dates_but_not_disabled() {
    let vault = premium();
    post(&vault, "/keys/k/create", exportable()).await;
    let environment = assertion(&vault, json!({"claims": {"sdk-test": true}})).await;
    let now = akv_tests::start().millis() / 1000;
    for (attributes, status) in [
        (json!({"nbf": now + 100, "exp": now + 200}), 200),
        (json!({"nbf": now - 200, "exp": now - 100}), 200),
        (json!({"enabled": false}), 403),
    ] {
        let patch = json!({"attributes": attributes}).to_string();
        assert_eq!(vault.call("PATCH", "/keys/k", &patch).await.status, 200);
        let answer = post(&vault, "/keys/k/release", json!({"target": environment["assertion"]})).await;
        assert_eq!(answer.status, status, "{attributes}: {answer:?}");
    }
}

#[tokio::test]
async fn a_wrong_an_expired_and_an_unfit_environment_get_nothing() {
    let vault = premium();
    post(&vault, "/keys/k/create", exportable()).await;
    post(&vault, "/keys/plain/create", json!({"kty": "EC"})).await;
    let good = json!({"sdk-test": true});
    let unverified = "Target environment attestation statement cannot be verified.";
    for (request, status, message) in [
        (json!({"claims": good, "flaw": "forged"}), 403, unverified),
        (json!({"claims": good, "flaw": "expired"}), 403, unverified),
        (
            json!({"claims": {"sdk-test": false}}),
            403,
            "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
        ),
        (
            json!({"claims": good, "authority": "https://other"}),
            403,
            "AKV.SKR: Key Release Policy is not satisfied by the target environment.",
        ),
        (
            json!({"claims": {"sdk-test": true, "x-ms-runtime": {"keys": []}}}),
            400,
            "AKV.SKR: Target environment attestation statement holds no usable encryption key.",
        ),
    ] {
        let environment = assertion(&vault, request).await;
        let target = json!({"target": environment["assertion"]});
        let answer = post(&vault, "/keys/k/release", target.clone()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.json()["error"]["message"], message);
        let answer = post(&vault, "/keys/plain/release", target).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].as_str()),
            (400, Some("AKV.SKR: Key is not exportable."))
        );
    }
}

#[tokio::test]
async fn a_pool_attests_its_keys_and_a_vault_does_not() {
    let pool = pool();
    for (kty, public) in [("EC-HSM", true), ("oct-HSM", false)] {
        let made = post(&pool, "/keys/k/create", json!({"kty": kty})).await.json();
        let version = made["key"]["kid"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let attested = pool.call("GET", &format!("/keys/k/{version}/attestation"), "").await.json();
        assert_eq!(attested["key"], made["key"]);
        let attestation = &attested["attributes"]["attestation"];
        let text = |member: &str| {
            String::from_utf8(URL_SAFE_NO_PAD.decode(attestation[member].as_str().unwrap()).unwrap()).unwrap()
        };
        assert_eq!(text("certificatePemFile").matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(attestation.get("publicKeyAttestation").is_some(), public);
        let signed = text("privateKeyAttestation");
        let statement = URL_SAFE_NO_PAD.decode(signed.split('.').nth(1).unwrap()).unwrap();
        let statement: Value = serde_json::from_slice(&statement).unwrap();
        assert_eq!((&statement["half"], &statement["key"]), (&json!("private"), &made["key"]));
    }
    assert_eq!(pool.call("GET", "/keys/none/attestation", "").await.status, 404);
    assert_eq!(pool.call("GET", "/keys/k/attestation?api-version=7.5", "").await.status, 400);
    let vault = premium();
    post(&vault, "/keys/k/create", json!({"kty": "EC"})).await;
    let refused = vault.call("GET", "/keys/k//attestation", "").await;
    assert_eq!(refused.json()["error"]["message"], "Method GET does not allow operation 'attestation'");
}

#[tokio::test]
async fn secure_wrapping_is_not_there_and_says_so() {
    let body = json!({"alg": "CKM_AES_KEY_WRAP"});
    for path in ["/keys/k/securewrapkey", "/keys/k/v/secureunwrapkey"] {
        assert_eq!(post(&pool(), path, body.clone()).await.status, 501, "{path}");
        assert_eq!(post(&premium(), path, body.clone()).await.status, 400, "{path}");
    }
}
