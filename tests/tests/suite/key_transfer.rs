//! Keys brought sealed for a key exchange key of the vault (`key_hsm` of an import).

use akv_emulator::crypto::{
    Curve, KeyMaterial, KeySpec, PrivateKey, PublicComponents, PublicKey, ReleaseWrap, RsaSize, SymmetricKey,
    SymmetricSize,
};
use akv_tests::{Answer, Vault};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::hardware_keys::{pool, post, premium};

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
