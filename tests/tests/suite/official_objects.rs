//! Keys and secrets by the official Rust SDK, unmodified, over TLS: create, rotate, sign there and let openssl verify,
//! encrypt by openssl and decrypt there, page, delete, recover, purge.

use akv_emulator::Emulator;
use akv_emulator::config::Config;
use akv_tests::vault_over_tls;
use azure_core::http::{RequestContent, StatusCode};
use azure_security_keyvault_keys::KeyClient;
use azure_security_keyvault_keys::models::{
    CreateKeyParameters, CurveName, EncryptionAlgorithm, JsonWebKey, KeyOperationParameters, KeyType,
    SignParameters, SignatureAlgorithm,
};
use azure_security_keyvault_secrets::models::{SecretClientGetSecretOptions, SetSecretParameters};
use azure_security_keyvault_secrets::{ResourceExt, SecretClient};
use futures::TryStreamExt;

use crate::witness::{openssl, openssl_bytes};

fn body<T>(parameters: T) -> RequestContent<T>
where
    RequestContent<T>: TryFrom<T, Error = azure_core::Error>,
{
    parameters.try_into().unwrap()
}

async fn set(client: &SecretClient, name: &str, value: &str) -> String {
    let parameters = SetSecretParameters { value: Some(value.to_owned()), ..Default::default() };
    let secret = client.set_secret(name, body(parameters), None).await.unwrap().into_model().unwrap();
    secret.resource_id().unwrap().version.unwrap()
}

async fn secrets(client: &SecretClient) {
    let first = set(client, "s", "one").await;
    set(client, "s", "two").await;
    let read = async |version: Option<String>| {
        let options = SecretClientGetSecretOptions { secret_version: version, ..Default::default() };
        client.get_secret("s", Some(options)).await.unwrap().into_model().unwrap().value
    };
    assert_eq!(read(None).await.as_deref(), Some("two"));
    assert_eq!(read(Some(first)).await.as_deref(), Some("one"));
    client.delete_secret("s", None).await.unwrap();
    client.recover_deleted_secret("s", None).await.unwrap();
    assert_eq!(read(None).await.as_deref(), Some("two"));
    client.delete_secret("s", None).await.unwrap();
    client.purge_deleted_secret("s", None).await.unwrap();
    let gone = client.get_deleted_secret("s", None).await.unwrap_err();
    assert_eq!(gone.http_status(), Some(StatusCode::NotFound));
    for number in 0..60 {
        set(client, &format!("page{number}"), "x").await;
    }
    let listed: Vec<_> = client.list_secret_properties(None).unwrap().try_collect().await.unwrap();
    assert_eq!(listed.len(), 60);
}

fn hexadecimal(number: Option<&Vec<u8>>) -> String {
    number.unwrap().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The public key as openssl reads it.
fn public_pem(key: &JsonWebKey) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (description, der) = (folder.path().join("d"), folder.path().join("k"));
    let (n, e) = (hexadecimal(key.n.as_ref()), hexadecimal(key.e.as_ref()));
    let text = format!("asn1=SEQUENCE:key\n[key]\nn=INTEGER:0x{n}\ne=INTEGER:0x{e}\n");
    std::fs::write(&description, text).unwrap();
    let (description, der) = (description.to_str().unwrap(), der.to_str().unwrap());
    openssl(&["asn1parse", "-genconf", description, "-noout", "-out", der], b"");
    openssl(&["rsa", "-RSAPublicKey_in", "-inform", "DER", "-in", der, "-pubout"], b"")
}

async fn keys(client: &KeyClient) {
    let create = async |name: &str, parameters: CreateKeyParameters| {
        client.create_key(name, body(parameters), None).await.unwrap().into_model().unwrap()
    };
    let rsa = || CreateKeyParameters { kty: Some(KeyType::Rsa), ..Default::default() };
    let made = create("k", rsa()).await;
    let rotated = client.rotate_key("k", None).await.unwrap().into_model().unwrap();
    let (made, key) = (made.key.unwrap(), rotated.key.unwrap());
    assert_ne!(made.kid, key.kid);

    let folder = tempfile::tempdir().unwrap();
    let (public, signature) = (folder.path().join("p"), folder.path().join("s"));
    std::fs::write(&public, public_pem(&key)).unwrap();
    let digest = openssl_bytes(&["dgst", "-sha256", "-binary"], b"text");
    let parameters = SignParameters { algorithm: Some(SignatureAlgorithm::Rs256), value: Some(digest) };
    let signed = client.sign("k", body(parameters), None).await.unwrap().into_model().unwrap();
    assert_eq!(signed.kid, key.kid);
    std::fs::write(&signature, signed.result.unwrap()).unwrap();
    let (public, signature) = (public.to_str().unwrap(), signature.to_str().unwrap());
    openssl(&["dgst", "-sha256", "-verify", public, "-signature", signature], b"text");
    let oaep = ["-pkeyopt", "rsa_padding_mode:oaep"];
    let encrypt = [&["pkeyutl", "-encrypt", "-pubin", "-inkey", public][..], &oaep].concat();
    let parameters = KeyOperationParameters {
        algorithm: Some(EncryptionAlgorithm::RsaOaep),
        value: Some(openssl_bytes(&encrypt, b"secret")),
        ..Default::default()
    };
    let version = key.kid.unwrap().rsplit('/').next().unwrap().to_owned();
    let opened = client.decrypt("k", &version, body(parameters), None).await.unwrap().into_model().unwrap();
    assert_eq!(opened.result.unwrap(), b"secret");

    client.delete_key("k", None).await.unwrap();
    client.recover_deleted_key("k", None).await.unwrap();
    client.get_key("k", None).await.unwrap();
    client.delete_key("k", None).await.unwrap();
    client.purge_deleted_key("k", None).await.unwrap();
    for number in 0..60 {
        let ec = CreateKeyParameters {
            kty: Some(KeyType::Ec),
            curve: Some(CurveName::P256),
            ..Default::default()
        };
        create(&format!("page{number}"), ec).await;
    }
    let listed: Vec<_> = client.list_key_properties(None).unwrap().try_collect().await.unwrap();
    assert_eq!(listed.len(), 60);
}

#[tokio::test]
async fn keys_and_secrets_live_through_the_official_clients() {
    let running = Emulator::new(Config::default()).unwrap().start().await.unwrap();
    let vault = vault_over_tls(&running, "kv");
    secrets(&vault.secrets()).await;
    keys(&vault.keys()).await;
    running.stop().await;
}
