//! The keys data plane, to the byte, and with openssl as the other party. Source: keys-and-secrets.md sections 4 to 6.

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::vault::{Settings, Sku};
use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::witness::{openssl, openssl_bytes};

const DAY: Duration = Duration::from_hours(24);

async fn create(vault: &Vault, name: &str, body: &Value) -> Answer {
    vault.call("POST", &format!("/keys/{name}/create"), &body.to_string()).await
}

async fn vault_with(body: &Value) -> (Vault, Value) {
    let vault = Vault::new(standing());
    let made = create(&vault, "k", body).await;
    assert_eq!(made.status, 200, "{made:?}");
    let key = made.json();
    (vault, key)
}

fn version(key: &Value) -> String {
    key["key"]["kid"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn operate(vault: &Vault, path: &str, body: &Value) -> Value {
    vault.call("POST", path, &body.to_string()).await.json()
}

/// Section 4.1: members and their order, here of an EC key; `hsmPlatform` by api-version and operation.
#[tokio::test]
async fn every_answer_has_the_members_of_its_operation_in_azures_order() {
    let vault = Vault::new(standing());
    let body = json!({"kty": "EC", "attributes": {"exp": 1_924_992_000}, "tags": {"a": "1"}});
    let made = create(&vault, "K", &body).await;
    let key = made.json();
    let (v, x, y) = (version(&key), key["key"]["x"].as_str().unwrap(), key["key"]["y"].as_str().unwrap());
    let id = "https://kv.vault.azure.net/keys/K";
    let jwk = format!(
        r#""key":{{"kid":"{id}/{v}","kty":"EC","key_ops":["sign","verify"],"crv":"P-256","x":"{x}","y":"{y}"}}"#
    );
    let attributes = |platform: &str| {
        format!(
            r#""attributes":{{"enabled":true,"exp":1924992000,"created":1801396800,"updated":1801396800,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90,"exportable":false{platform}}},"tags":{{"a":"1"}}"#
        )
    };
    let (software, none) = (attributes(r#","hsmPlatform":"0""#), attributes(""));
    let full = format!("{{{jwk},{software}}}");
    assert_eq!(made.body, full);
    for path in ["/keys/K", "/keys/K/", "/keys/k", &format!("/keys/K/{v}")] {
        assert_eq!(vault.call("GET", path, "").await.body, full, "{path}");
    }
    assert_eq!(vault.call("GET", "/keys/K?api-version=7.4", "").await.body, format!("{{{jwk},{none}}}"));
    assert_eq!(vault.call("PATCH", &format!("/keys/K/{v}"), "{}").await.body, full);
    let page = |item: &str| format!(r#"{{"value":[{item}],"nextLink":null}}"#);
    let item = page(&format!(r#"{{"kid":"{id}",{software}}}"#));
    assert_eq!(vault.call("GET", "/keys", "").await.body, item);
    let versions = page(&format!(r#"{{"kid":"{id}/{v}",{software}}}"#));
    assert_eq!(vault.call("GET", "/keys/K/versions", "").await.body, versions);

    let deleted = r#""recoveryId":"https://kv.vault.azure.net/deletedkeys/K","deletedDate":1801396800,"scheduledPurgeDate":1809172800"#;
    let gone = vault.call("DELETE", "/keys/K", "").await;
    assert_eq!(gone.body, format!("{{{deleted},{jwk},{software}}}"));
    let found = vault.call("GET", "/deletedkeys/K", "").await;
    assert_eq!(found.body, format!("{{{deleted},{jwk},{none}}}"));
    let listed = page(&format!(r#"{{{deleted},"kid":"{id}",{none}}}"#));
    assert_eq!(vault.call("GET", "/deletedkeys", "").await.body, listed);
    assert_eq!(vault.call("POST", "/deletedkeys/K/recover", "").await.body, full);
}

/// Section 7: what each version of the interface brought.
#[tokio::test]
async fn older_versions_know_no_rotation_and_no_release() {
    let (vault, _) = vault_with(&json!({"kty": "EC"})).await;
    for (version, known) in [("2016-10-01", false), ("7.2", false), ("7.3", true), ("7.4", true)] {
        let key = vault.call("GET", &format!("/keys/k?api-version={version}"), "").await.json();
        assert_eq!(key["attributes"].get("exportable").is_some(), known, "{version}");
        for (method, operation) in
            [("POST", "rotate"), ("GET", "rotationpolicy"), ("PUT", "rotationpolicy"), ("POST", "release")]
        {
            let body = r#"{"target":"x"}"#;
            let path = format!("/keys/k/{operation}?api-version={version}");
            let answer = vault.call(method, &path, body).await.json();
            let unknown = format!("Method {method} does not allow operation '{operation}'");
            assert_eq!(answer["error"]["message"] != unknown.as_str(), known, "{version}: {answer}");
        }
    }
    let versions = vault.call("GET", "/keys/k/versions", "").await.json();
    assert_eq!(versions["value"].as_array().unwrap().len(), 3, "rotated by the versions that know it");
}

/// Section 4.2: defaults, sizes and curves.
#[tokio::test]
async fn every_kind_of_key_is_made() {
    let vault = Vault::new(Config { seed: None, ..standing() });
    for (body, kty, size) in [
        (json!({"kty": "RSA"}), "RSA", 256),
        (json!({"kty": "RSA", "public_exponent": 0}), "RSA", 256),
        (json!({"kty": "RSA", "key_size": 3072, "key_ops": []}), "RSA", 384),
        (json!({"kty": "EC", "crv": "P-384"}), "EC", 48),
        (json!({"kty": "EC", "crv": "P-521"}), "EC", 66),
        (json!({"kty": "EC", "crv": "P-256K"}), "EC", 32),
    ] {
        let made = create(&vault, "k", &body).await.json();
        let number = if kty == "RSA" { &made["key"]["n"] } else { &made["key"]["x"] };
        let length = URL_SAFE_NO_PAD.decode(number.as_str().unwrap()).unwrap().len();
        assert_eq!((made["key"]["kty"].as_str(), length), (Some(kty), size), "{body}");
        let bits = body.get("key_size").unwrap_or(&json!(2048)).clone();
        if kty == "RSA" {
            assert_eq!((&made["key"]["e"], &made["attributes"]["key_size"]), (&json!("AQAB"), &bits));
            let all = json!(["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]);
            assert_eq!(made["key"]["key_ops"], all);
        } else {
            assert_eq!(made["key"]["crv"], *body.get("crv").unwrap());
            assert!(made["attributes"].get("key_size").is_none());
        }
    }
    let listed = create(&vault, "l", &json!({"kty": "RSA", "key_ops": ["verify", "sign"]})).await.json();
    assert_eq!(listed["key"]["key_ops"], json!(["verify", "sign"]));
    let versions = vault.call("GET", "/keys/k/versions", "").await.json();
    assert_eq!(versions["value"].as_array().unwrap().len(), 6);
}

/// Section 4.1 and section 5: hardware by the vault's SKU.
#[tokio::test]
async fn hardware_keys_are_made_in_premium_vaults_only() {
    let refused = r#"{"error":{"code":"BadParameter","message":"Hardware key operation not allowed on standard vault"}}"#;
    let standard = Vault::new(standing());
    for kty in ["RSA-HSM", "EC-HSM", "oct-HSM"] {
        let answer = create(&standard, "k", &json!({"kty": kty})).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, refused), "{kty}");
    }
    let settings = Settings { sku: Sku::Premium, ..Settings::default() };
    let premium = Vault::new(Config { settings, ..standing() });
    for kty in ["RSA-HSM", "EC-HSM"] {
        let made = create(&premium, kty, &json!({"kty": kty})).await.json();
        assert_eq!(made["key"]["kty"], kty);
        assert_eq!(made["attributes"]["hsmPlatform"], "2");
    }
}

fn release_policy(authority: &str) -> String {
    let policy = json!({"version": "1.0.0", "anyOf": [{
        "authority": format!("https://{authority}.attest.azure.net"),
        "allOf": [{"claim": "x", "equals": "y"}],
    }]});
    b64(policy.to_string().as_bytes())
}

/// Section 4.7: exportable stays, an immutable policy stays.
#[tokio::test]
async fn a_release_policy_is_kept_on_its_own_terms() {
    let data = release_policy("a");
    let exportable = json!({"exportable": true});
    let (vault, key) = vault_with(
        &json!({"kty": "RSA", "attributes": exportable, "release_policy": {"data": data}, "key_ops": ["export", "sign"]}),
    )
    .await;
    let default = "application/json; charset=utf-8";
    assert_eq!(
        (&key["release_policy"], &key["attributes"]["exportable"]),
        (&json!({"contentType": default, "data": data, "immutable": false}), &json!(true))
    );
    let patch = async |body: Value| vault.call("PATCH", "/keys/k", &body.to_string()).await;
    let message = |answer: &Answer| answer.json()["error"]["message"].as_str().unwrap().to_owned();
    let refused = patch(json!({"attributes": {"exportable": false}})).await;
    assert_eq!(message(&refused), "AKV.SKR.1014: Cannot modify the exportable state of a key.");
    let fixed = patch(json!({"release_policy": {"data": data, "immutable": true}})).await.json();
    assert_eq!(fixed["release_policy"]["immutable"], true);
    let refused = patch(json!({"release_policy": {"data": release_policy("b")}, "tags": {"a": "b"}})).await;
    assert_eq!(message(&refused), "AKV.SKR.1020: Immutable Key Release Policy cannot be modified.");
    assert!(vault.call("GET", "/keys/k", "").await.json().get("tags").is_none(), "nothing half-written");
}

/// Section 4.2, NET-K/UpdateEcHsmKeyEnabled, and section 4.5.
#[tokio::test]
async fn operations_state_and_time_decide_what_a_key_does() {
    let (vault, _) =
        vault_with(&json!({"kty": "RSA", "key_ops": ["encrypt", "decrypt", "sign", "verify"]})).await;
    let value = b64(&[7; 32]);
    let sign = json!({"alg": "RS256", "value": value});
    let wrap = json!({"alg": "RSA-OAEP", "value": value});
    assert_eq!(
        operate(&vault, "/keys/k/wrapkey", &wrap).await["error"],
        json!({"code": "Forbidden", "message": "Operation wrapKey is not permitted on this key.", "innererror": {"code": "KeyOperationForbidden"}})
    );
    let sealed = operate(&vault, "/keys/k/encrypt", &wrap).await["value"].clone();
    vault.call("PATCH", "/keys/k", r#"{"attributes":{"enabled":false}}"#).await;
    let disabled = operate(&vault, "/keys/k/sign", &sign).await;
    assert_eq!(
        disabled["error"],
        json!({"code": "Forbidden", "message": "Operation sign is not allowed on a disabled key.", "innererror": {"code": "KeyDisabled"}})
    );
    assert_eq!(vault.call("GET", "/keys/k", "").await.status, 200);
    assert!(operate(&vault, "/keys/k/encrypt", &wrap).await.get("value").is_some());
    let body = r#"{"attributes":{"enabled":true,"exp":1000000000},"key_ops":["decrypt","encrypt"]}"#;
    let updated = vault.call("PATCH", "/keys/k", body).await.json();
    assert_eq!(updated["key"]["key_ops"], json!(["decrypt", "encrypt"]));
    assert_eq!(operate(&vault, "/keys/k/encrypt", &wrap).await["error"]["code"], "Forbidden");
    let open = json!({"alg": "RSA-OAEP", "value": sealed});
    assert_eq!(operate(&vault, "/keys/k/decrypt", &open).await["value"], value.as_str());
}

/// What a request is refused for: its inner code, or its message; `ok` if it is not.
async fn outcome(vault: &Vault, path: &str, body: &Value) -> String {
    let answer = operate(vault, path, body).await;
    let error = &answer["error"];
    let named = error["innererror"]["code"].as_str().or(error["message"].as_str());
    named.map_or("ok", |text| text.split(". Key ").next().unwrap()).to_owned()
}

/// Section 4.5, row by row: which operations a key refuses that is disabled, or out of its time.
#[tokio::test]
async fn each_operation_is_refused_by_the_states_that_refuse_it() {
    let (vault, _) = vault_with(&json!({"kty": "RSA"})).await;
    let value = b64(&[7; 32]);
    let sealed = operate(&vault, "/keys/k/encrypt", &json!({"alg": "RSA-OAEP", "value": value})).await;
    let signed = operate(&vault, "/keys/k/sign", &json!({"alg": "RS256", "value": value})).await;
    let operations = [
        ("encrypt", json!({"alg": "RSA-OAEP", "value": value})),
        ("decrypt", json!({"alg": "RSA-OAEP", "value": sealed["value"]})),
        ("sign", json!({"alg": "RS256", "value": value})),
        ("verify", json!({"alg": "RS256", "digest": value, "value": signed["value"]})),
        ("wrapkey", json!({"alg": "RSA-OAEP", "value": value})),
        ("unwrapkey", json!({"alg": "RSA-OAEP", "value": sealed["value"]})),
    ];
    let now = akv_tests::start().millis() / 1000;
    let (ok, off, out) = ("ok", "KeyDisabled", "KeyNotYetValidOrExpired");
    for (attributes, expected) in [
        (json!({}), [ok; 6]),
        (json!({"enabled": false}), [ok, off, off, ok, ok, off]),
        (json!({"enabled": true, "nbf": now + 1, "exp": now + 9}), [out, ok, out, ok, out, ok]),
        (json!({"nbf": now, "exp": now + 1}), [ok; 6]),
        (json!({"exp": now}), [out, ok, out, ok, out, ok]),
        (json!({"enabled": false}), [out, off, off, ok, out, off]),
    ] {
        vault.call("PATCH", "/keys/k", &json!({"attributes": attributes}).to_string()).await;
        for ((operation, body), expected) in operations.iter().zip(expected) {
            let came = outcome(&vault, &format!("/keys/k/{operation}"), body).await;
            assert_eq!(came, expected, "{operation} by a key of {attributes}");
        }
    }
    vault.call("PATCH", "/keys/k", r#"{"attributes":{"enabled":true,"exp":1900000000}}"#).await;
    for (index, (operation, body)) in operations.iter().enumerate() {
        let mut others = vec!["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"];
        others.remove(index);
        vault.call("PATCH", "/keys/k", &json!({"key_ops": others}).to_string()).await;
        let came = outcome(&vault, &format!("/keys/k/{operation}"), body).await;
        assert_eq!(came, "KeyOperationForbidden", "{operation} by a key that has all others");
    }
}

/// Section 4.3, both ways: an algorithm is its own kind of key's, whatever the operation.
#[tokio::test]
async fn every_algorithm_is_refused_by_every_other_kind_of_key() {
    const KEYS: [(&str, &str); 5] =
        [("RSA", ""), ("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("EC", "P-256K")];
    const SIGNING: [(&str, usize, &[usize]); 11] = [
        ("RS256", 32, &[0]),
        ("RS384", 48, &[0]),
        ("RS512", 64, &[0]),
        ("PS256", 32, &[0]),
        ("PS384", 48, &[0]),
        ("PS512", 64, &[0]),
        ("RSNULL", 32, &[0]),
        ("ES256", 32, &[1]),
        ("ES384", 48, &[2]),
        ("ES512", 64, &[3]),
        ("ES256K", 32, &[4]),
    ];
    let vault = Vault::new(Config { seed: None, ..standing() });
    let incompatible = "Key and signing algorithm are incompatible";
    for (index, (kty, crv)) in KEYS.into_iter().enumerate() {
        let mut body = json!({"kty": kty});
        if !crv.is_empty() {
            body["crv"] = json!(crv);
        }
        create(&vault, "k", &body).await;
        for (alg, length, kinds) in SIGNING {
            let digest = b64(&vec![7; length]);
            let fits = kinds.contains(&index);
            let expected = match (fits, kty == "EC" && alg.starts_with("ES")) {
                (true, _) => "ok",
                (false, true) => incompatible,
                (false, false) => "Property  has invalid value\r\n",
            };
            let signed = outcome(&vault, "/keys/k/sign", &json!({"alg": alg, "value": digest})).await;
            let body = json!({"alg": alg, "digest": digest, "value": "AA"});
            let verified = outcome(&vault, "/keys/k/verify", &body).await;
            assert_eq!((signed.as_str(), verified.as_str()), (expected, expected), "{alg} by {kty} {crv}");
        }
        for alg in ["HS256", "ECDSA256", "A128KW", "RSA-OAEP", "none", "es256", ""] {
            let came = outcome(&vault, "/keys/k/sign", &json!({"alg": alg, "value": "AA"})).await;
            assert_eq!(came, "Property  has invalid value\r\n", "{alg} by {kty} {crv}");
        }
        let foreign = ["A256GCM", "A256CBC", "A256KW", "CKM_AES_KEY_WRAP", "RSA-OAEP-384", "RS256", "ES256"];
        for operation in ["encrypt", "decrypt", "wrapkey", "unwrapkey"] {
            for alg in foreign {
                let expected = match kty {
                    "RSA" => "Property  has invalid value\r\n",
                    _ => "KeyOperationForbidden",
                };
                let body = json!({"alg": alg, "value": "AA"});
                let came = outcome(&vault, &format!("/keys/k/{operation}"), &body).await;
                assert_eq!(came, expected, "{operation} with {alg} by {kty} {crv}");
            }
        }
    }
}

/// Section 4.2: `openssl` made the key, the vault signs with it, `openssl` verifies; the reverse for encryption.
#[tokio::test]
async fn an_imported_key_is_the_same_key() {
    let vault = Vault::new(standing());
    let pem = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
    let text = openssl(&["rsa", "-noout", "-text"], pem.as_bytes());
    let number = |from: &str, to: &str| {
        let part = text.split(from).nth(1).unwrap();
        let part = if to.is_empty() { part } else { part.split(to).next().unwrap() };
        let digits: String = part.chars().filter(char::is_ascii_hexdigit).collect();
        let bytes =
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
        b64(&bytes.collect::<Vec<_>>())
    };
    // openssl prints a zero before a set bit, as Java sends one.
    let jwk = json!({
        "kty": "RSA", "e": "AQAB", "key_ops": ["sign", "decrypt"],
        "n": number("modulus:", "publicExponent"), "d": number("privateExponent:", "prime1"),
        "p": number("prime1:", "prime2"), "q": number("prime2:", "exponent1"),
        "dp": number("exponent1:", "exponent2"), "dq": number("exponent2:", "coefficient"),
        "qi": number("coefficient:", ""),
    });
    let import = async |jwk: &Value| {
        vault.call("PUT", "/keys/i", &json!({"key": jwk, "Hsm": false, "tags": {"a": "b"}}).to_string()).await
    };
    let imported = import(&jwk).await;
    assert_eq!(imported.status, 200, "{imported:?}");
    let key = imported.json();
    assert_eq!((&key["key"]["key_ops"], &key["tags"]), (&json!(["sign", "decrypt"]), &json!({"a": "b"})));
    for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        assert!(key["key"].get(private).is_none(), "{private}");
    }
    let digest = openssl_bytes(&["dgst", "-sha256", "-binary"], b"text");
    let body = json!({"alg": "RS256", "value": b64(&digest)});
    let signed = operate(&vault, "/keys/i/sign", &body).await;
    let folder = tempfile::tempdir().unwrap();
    let (private, signature) = (folder.path().join("k"), folder.path().join("s"));
    std::fs::write(&private, &pem).unwrap();
    std::fs::write(&signature, URL_SAFE_NO_PAD.decode(signed["value"].as_str().unwrap()).unwrap()).unwrap();
    let (private, signature) = (private.to_str().unwrap(), signature.to_str().unwrap());
    openssl(&["dgst", "-sha256", "-prverify", private, "-signature", signature], b"text");
    let sealed = openssl_bytes(
        &["pkeyutl", "-encrypt", "-inkey", private, "-pkeyopt", "rsa_padding_mode:oaep"],
        b"hello",
    );
    let body = json!({"alg": "RSA-OAEP", "value": b64(&sealed)});
    assert_eq!(operate(&vault, "/keys/i//decrypt", &body).await["value"], b64(b"hello"));

    for (member, value) in
        [("d", json!(b64(&[5; 256]))), ("q", json!("!")), ("n", Value::Null), ("qi", Value::Null)]
    {
        let mut broken = jwk.clone();
        broken[member] = value;
        let refused = import(&broken).await;
        assert_eq!(refused.status, 400, "{member}: {refused:?}");
    }
    let mut short = jwk.clone();
    short["n"] = json!(b64(&[0xff; 128]));
    assert_eq!(
        import(&short).await.json()["error"]["message"],
        "Unsupported key size (1024). Supported sizes are [2048, 3072, 4096]"
    );
    assert_eq!(vault.call("GET", "/keys/i/versions", "").await.json()["value"].as_array().unwrap().len(), 1);
}

/// RFC 7515 appendix A.3 and RFC 7517 appendix A.2: a published key signs as itself.
#[tokio::test]
async fn an_imported_ec_key_must_lie_on_its_curve() {
    let vault = Vault::new(standing());
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    });
    let import = async |jwk: &Value| vault.call("PUT", "/keys/e", &json!({"key": jwk}).to_string()).await;
    let key = import(&jwk).await.json();
    assert_eq!((&key["key"]["x"], &key["key"]["key_ops"]), (&jwk["x"], &json!(["sign", "verify"])));
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let digest = openssl_bytes(&["dgst", "-sha256", "-binary"], message.as_bytes());
    let body = json!({"alg": "ES256", "digest": b64(&digest), "value": signature});
    assert_eq!(operate(&vault, "/keys/e/verify", &body).await, json!({"value": true}));
    let mut off = jwk.clone();
    off["y"] = jwk["x"].clone();
    assert_eq!(import(&off).await.status, 400);
    let mut other = jwk.clone();
    other["crv"] = json!("P-224");
    assert_eq!(import(&other).await.json()["error"]["message"], "Unsupported curve");
}

/// Section 3.4 and Go-K/TestBackupRestore.
#[tokio::test]
async fn a_backup_brings_every_version_back_as_it_was() {
    let (vault, first) = vault_with(&json!({"kty": "EC", "tags": {}})).await;
    vault.advance(DAY);
    create(&vault, "k", &json!({"kty": "EC", "crv": "P-521", "key_ops": ["sign"]})).await;
    let read = async || {
        let mut bodies = Vec::new();
        for path in ["/keys/k".to_owned(), format!("/keys/k/{}", version(&first)), "/keys/k/versions".into()]
        {
            bodies.push(vault.call("GET", &path, "").await.body);
        }
        bodies
    };
    let before = read().await;
    let backup = vault.call("POST", "/keys/k/backup", "").await.body;
    let blob: Value = serde_json::from_str(&backup).unwrap();
    let blob = URL_SAFE_NO_PAD.decode(blob["value"].as_str().unwrap()).unwrap();
    assert!(blob.starts_with(b"&AzureKeyVaultKeyBackupV1.microsoft.com"));
    assert_eq!(vault.call("POST", "/keys/restore", &backup).await.status, 409);
    vault.call("DELETE", "/keys/k", "").await;
    vault.call("DELETE", "/deletedkeys/k", "").await;
    let restored = vault.call("POST", "/keys/restore", &backup).await;
    assert_eq!((restored.status, &restored.body), (200, &before[0]));
    assert_eq!(read().await, before);
}

/// A certificate's key among the others, and no name both.
#[tokio::test]
async fn a_certificates_key_is_listed_among_the_others() {
    let (vault, _) = vault_with(&json!({"kty": "EC"})).await;
    vault.create("c").await;
    create(&vault, "a", &json!({"kty": "EC"})).await;
    let list = vault.call("GET", "/keys?maxresults=2", "").await.json();
    let kids: Vec<_> = list["value"].as_array().unwrap().iter().map(|item| item["kid"].clone()).collect();
    assert_eq!(kids, ["a", "c"].map(|n| format!("https://kv.vault.azure.net/keys/{n}")));
    assert!(list["nextLink"].is_string());
    for (method, path) in
        [("POST", "/keys/c/create"), ("PUT", "/keys/c"), ("POST", "/keys/c/backup"), ("DELETE", "/keys/c")]
    {
        let body = json!({"kty": "EC", "key": {"kty": "EC"}}).to_string();
        let refused = vault.call(method, path, &body).await.json();
        assert_eq!(refused["error"]["innererror"]["code"], "KeyManagedByKeyVault", "{method} {path}");
    }
    let refused = vault.call("POST", "/certificates/k/create", akv_tests::EC_POLICY).await;
    assert_eq!(refused.status, 409);
}
