//! The secrets data plane, to the byte. Source: keys-and-secrets.md sections 2, 3, 5 and 6.

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::vault::Settings;
use akv_tests::{Answer, Vault, standing};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);

async fn set(vault: &Vault, name: &str, body: &Value) -> Answer {
    vault.call("PUT", &format!("/secrets/{name}"), &body.to_string()).await
}

async fn secret(name: &str) -> (Vault, String) {
    let vault = Vault::new(standing());
    let version = version(&set(&vault, name, &json!({"value": "v"})).await);
    (vault, version)
}

fn version(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn error(answer: &Answer) -> Value {
    answer.json()["error"].clone()
}

const PLAIN: &str = r#""recoveryLevel":"Recoverable+Purgeable","recoverableDays":90"#;

/// Section 3.1: members and their order; section 3.2: which answer has the value.
#[tokio::test]
async fn every_answer_has_the_members_of_its_operation_in_azures_order() {
    let vault = Vault::new(standing());
    let body = json!({
        "value": "é\"+/", "contentType": "text", "tags": {"b": "2", "a": "1"},
        "attributes": {"enabled": true, "nbf": 1_893_456_000, "exp": 1_924_992_000},
    });
    let first = set(&vault, "S", &body).await;
    let v = version(&first);
    let attributes = format!(
        r#""attributes":{{"enabled":true,"nbf":1893456000,"exp":1924992000,"created":1801396800,"updated":1801396800,{PLAIN}}},"tags":{{"a":"1","b":"2"}}"#
    );
    let id = "https://kv.vault.azure.net/secrets/S";
    let full = format!(r#"{{"value":"é\"+/","contentType":"text","id":"{id}/{v}",{attributes}}}"#);
    assert_eq!(first.body, full);
    for path in ["/secrets/S", "/secrets/S/", "/secrets/s", &format!("/secrets/S/{v}")] {
        assert_eq!(vault.call("GET", path, "").await.body, full, "{path}");
    }
    let bare = format!(r#"{{"contentType":"text","id":"{id}/{v}",{attributes}}}"#);
    assert_eq!(vault.call("PATCH", &format!("/secrets/S/{v}"), "{}").await.body, bare);
    let item = format!(r#"{{"contentType":"text","id":"{id}",{attributes}}}"#);
    let page = |item: &str| format!(r#"{{"value":[{item}],"nextLink":null}}"#);
    assert_eq!(vault.call("GET", "/secrets", "").await.body, page(&item));
    assert_eq!(vault.call("GET", "/secrets/S/versions", "").await.body, page(&bare));

    let deleted = r#""recoveryId":"https://kv.vault.azure.net/deletedsecrets/S","deletedDate":1801396800,"scheduledPurgeDate":1809172800"#;
    let gone = vault.call("DELETE", "/secrets/S", "").await;
    assert_eq!(gone.body, format!("{{{deleted},{}", &bare[1..]));
    assert_eq!(vault.call("GET", "/deletedsecrets/S", "").await.body, gone.body);
    let listed = format!("{{{deleted},{}", &item[1..]);
    assert_eq!(vault.call("GET", "/deletedsecrets", "").await.body, page(&listed));
    assert_eq!(vault.call("POST", "/deletedsecrets/S/recover", "").await.body, bare);
    assert_eq!(vault.call("GET", "/secrets/S", "").await.body, full);
}

/// Section 3.2: a new version by each set; what is not said stays, and tags are replaced as a whole.
#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let vault = Vault::new(standing());
    let first = set(&vault, "s", &json!({"value": "1", "tags": {"a": "1", "b": "2"}})).await;
    let second = version(&set(&vault, "s", &json!({"value": "2", "contentType": "t"})).await);
    vault.advance(Duration::from_secs(60));
    let changes =
        json!({"attributes": {"exp": 1_900_000_000, "created": 1, "recoveryLevel": "Purgeable"}, "tags": {}});
    let updated = vault.call("PATCH", "/secrets/s", &changes.to_string()).await.json();
    assert_eq!(
        updated,
        json!({
            "contentType": "t", "id": format!("https://kv.vault.azure.net/secrets/s/{second}"), "tags": {},
            "attributes": {"enabled": true, "exp": 1_900_000_000, "created": 1_801_396_800, "updated": 1_801_396_860,
                "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90},
        })
    );
    let old = vault.call("GET", &format!("/secrets/s/{}", version(&first)), "").await.json();
    assert_eq!((old["value"].as_str(), &old["tags"]), (Some("1"), &json!({"a": "1", "b": "2"})));
    let disabled = r#"{"attributes":{"enabled":false}}"#;
    vault.call("PATCH", "/secrets/s", disabled).await;
    let again = vault.call("PATCH", "/secrets/s", r#"{"contentType":"u"}"#).await.json();
    assert_eq!((&again["attributes"]["enabled"], &again["contentType"]), (&json!(false), &json!("u")));
}

/// Section 3.2, Java/updateDisabledSecret, nock "can update a disabled secret", Go-S/TestCRUD.
#[tokio::test]
async fn only_enabled_decides_whether_a_secret_is_read() {
    let vault = Vault::new(standing());
    let body = json!({"value": "x", "attributes": {"enabled": false}});
    assert_eq!(set(&vault, "off", &body).await.json()["value"], "x");
    let refused = r#"{"error":{"code":"Forbidden","message":"Operation get is not allowed on a disabled secret.","innererror":{"code":"SecretDisabled"}}}"#;
    let read = vault.call("GET", "/secrets/off", "").await;
    assert_eq!((read.status, read.body.as_str()), (403, refused));
    vault.call("DELETE", "/secrets/off", "").await;
    let read = vault.call("GET", "/deletedsecrets/off", "").await;
    assert_eq!((read.status, read.body.as_str()), (403, refused));
    for (name, attributes) in
        [("early", json!({"nbf": 1_893_456_000})), ("late", json!({"exp": 1_000_000_000}))]
    {
        set(&vault, name, &json!({"value": "x", "attributes": attributes})).await;
        assert_eq!(vault.call("GET", &format!("/secrets/{name}"), "").await.status, 200, "{name}");
    }
}

/// Sections 3.2 (Java/setSecretEmptyValue), 3.3 and 5.
#[tokio::test]
async fn values_and_tags_have_their_limits() {
    let vault = Vault::new(standing());
    assert_eq!(set(&vault, "empty", &json!({"value": ""})).await.json()["value"], "");
    assert_eq!(set(&vault, "long", &json!({"value": "é".repeat(25_600)})).await.status, 200);
    let typed = json!({"value": "x", "contentType": "é".repeat(255)});
    assert_eq!(set(&vault, "typed", &typed).await.json()["contentType"], typed["contentType"]);
    let too_long = set(&vault, "longer", &json!({"value": "x".repeat(25_601)})).await;
    assert_eq!(
        (too_long.status, too_long.body.as_str()),
        (
            400,
            r#"{"error":{"code":"BadParameter","message":"Secret is beyond the maximum permitted length of 25600 characters.","innererror":{"code":"SecretTooLarge"}}}"#
        )
    );
    let tags: serde_json::Map<_, _> = (0..16).map(|n| (n.to_string(), json!("x"))).collect();
    let invalid = r#"{"error":{"code":"BadParameter","message":"Property  has invalid value\r\n"}}"#;
    for body in [
        json!({"value": "x", "tags": tags}).to_string(),
        json!({"value": 1}).to_string(),
        json!({"value": "x", "attributes": {"enabled": "no"}}).to_string(),
        "{}".into(),
        "{\"value\"".into(),
        String::new(),
    ] {
        let refused = vault.call("PUT", "/secrets/bad", &body).await;
        assert_eq!((refused.status, refused.body.as_str()), (400, invalid), "{body}");
    }
    for name in ["longer", "bad"] {
        assert_eq!(vault.call("GET", &format!("/secrets/{name}"), "").await.status, 404, "{name}");
    }
}

/// Section 6 and section 5 E-409.
#[tokio::test]
async fn a_deleted_secret_keeps_its_name_until_it_is_purged() {
    let (vault, v) = secret("s").await;
    vault.call("DELETE", "/secrets/s", "").await;
    let again = set(&vault, "S", &json!({"value": "x"})).await;
    assert_eq!(
        (again.status, again.body.as_str()),
        (
            409,
            r#"{"error":{"code":"Conflict","message":"Secret s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.","innererror":{"code":"ObjectIsDeletedButRecoverable"}}}"#
        )
    );
    assert_eq!(vault.call("DELETE", "/secrets/s", "").await.status, 404);
    assert_eq!(version(&vault.call("POST", "/deletedsecrets/s/recover", "").await), v);
    vault.call("DELETE", "/secrets/s", "").await;
    let purged = vault.call("DELETE", "/deletedsecrets/s", "").await;
    assert_eq!((purged.status, purged.body.as_str(), purged.header("content-type")), (204, "", ""));
    assert_eq!(vault.call("GET", "/deletedsecrets/s", "").await.status, 404);
    assert_ne!(version(&set(&vault, "s", &json!({"value": "x"})).await), v);
    vault.call("DELETE", "/secrets/s", "").await;
    vault.advance(DAY * 90);
    assert_eq!(vault.call("GET", "/deletedsecrets", "").await.json()["value"], json!([]));
    assert_eq!(set(&vault, "s", &json!({"value": "x"})).await.status, 200);
}

/// Section 6: with Azure's timing, each step takes its time and is refused in its own words before.
#[tokio::test]
async fn deleting_and_recovering_take_their_time() {
    let timing = "custom:delete=5s,recover=5s".parse().unwrap();
    let vault = Vault::new(Config { timing, ..standing() });
    let v = version(&set(&vault, "s", &json!({"value": "x"})).await);
    vault.call("DELETE", "/secrets/s", "").await;
    assert_eq!(vault.call("GET", "/deletedsecrets/s", "").await.status, 404);
    let id = format!("https://kv.vault.azure.net/secrets/s/{v}");
    for (method, path, body, message, inner) in [
        ("DELETE", "/deletedsecrets/s", "", "Secret is currently being deleted.".to_owned(), true),
        (
            "PUT",
            "/secrets/s",
            r#"{"value":"x"}"#,
            "Secret s is currently being deleted and cannot be re-created; retry later.".into(),
            true,
        ),
        (
            "POST",
            "/deletedsecrets/s/recover",
            "",
            format!(
                "There was a conflict while recovering the soft-deleted secret '{id}'. This can happen when multiple operations are performed in parallel against the soft-deleted secret. To avoid this error, perform operations against the soft-deleted secret in a sequential manner."
            ),
            false,
        ),
    ] {
        let refused = vault.call(method, path, body).await;
        let mut expected = json!({"code": "Conflict", "message": message});
        if inner {
            expected["innererror"] = json!({"code": "ObjectIsBeingDeleted"});
        }
        assert_eq!((refused.status, error(&refused)), (409, expected), "{method} {path}");
    }
    vault.advance(Duration::from_secs(5));
    assert_eq!(vault.call("GET", "/deletedsecrets/s", "").await.status, 200);
    assert_eq!(vault.call("POST", "/deletedsecrets/s/recover", "").await.status, 200);
    assert_eq!(vault.call("GET", "/secrets/s", "").await.status, 404);
    let early = set(&vault, "s", &json!({"value": "x"})).await;
    assert_eq!(
        error(&early),
        json!({"code": "Conflict", "innererror": {"code": "ObjectIsBeingRecovered"},
            "message": "Secret s is currently being recovered and cannot be re-created; retry later."})
    );
    vault.advance(Duration::from_secs(5));
    assert_eq!(vault.call("GET", "/secrets/s", "").await.status, 200);
}

/// Section 5 E-403 and section 3.1.
#[tokio::test]
async fn purge_protection_refuses_purging_and_shows_in_the_recovery_level() {
    let settings = Settings { purge_protection: true, retention_days: 7, ..Settings::default() };
    let vault = Vault::new(Config { settings, ..standing() });
    let attributes = set(&vault, "s", &json!({"value": "x"})).await.json()["attributes"].clone();
    assert_eq!(
        (&attributes["recoveryLevel"], &attributes["recoverableDays"]),
        (&json!("CustomizedRecoverable"), &json!(7))
    );
    vault.call("DELETE", "/secrets/s", "").await;
    let refused = vault.call("DELETE", "/deletedsecrets/s", "").await;
    assert_eq!(
        (refused.status, error(&refused)["message"].as_str().unwrap()),
        (
            403,
            "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: kv;location=westus"
        )
    );
}

/// Section 3.4 and Go-S/TestBackupRestore: all versions, identifiers and dates as they were.
#[tokio::test]
async fn a_backup_brings_every_version_back_as_it_was() {
    let vault = Vault::new(standing());
    let first = version(&set(&vault, "s", &json!({"value": "1", "tags": {}})).await);
    vault.advance(DAY);
    let body = json!({"value": "2", "contentType": "t", "attributes": {"enabled": false}});
    let second = version(&set(&vault, "s", &body).await);
    vault.call("PATCH", "/secrets/s", r#"{"attributes":{"enabled":true}}"#).await;
    let before = (
        vault.call("GET", "/secrets/s", "").await.body,
        vault.call("GET", &format!("/secrets/s/{first}"), "").await.body,
        vault.call("GET", "/secrets/s/versions", "").await.body,
    );
    let backup = vault.call("POST", "/secrets/s/backup", "").await.body;
    use base64::Engine;
    let blob: Value = serde_json::from_str(&backup).unwrap();
    let blob = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(blob["value"].as_str().unwrap());
    assert!(blob.unwrap().starts_with(b")AzureKeyVaultSecretBackupV1.microsoft.com"));

    let conflict = vault.call("POST", "/secrets/restore", &backup).await;
    assert_eq!(
        (conflict.status, error(&conflict)),
        (
            409,
            json!({"code": "Conflict", "message": format!(
                "There was a conflict restoring the secret 'https://kv.vault.azure.net/secrets/s/{second}'. This can happen if either: a second secret with the same name was created after the first secret was deleted; thus trying to restore a secret whose name is already in use. To fix this, rename the second secret to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the secret. To avoid this error, perform operations against a secret in a sequential manner."
            )})
        )
    );
    vault.call("DELETE", "/secrets/s", "").await;
    assert_eq!(vault.call("POST", "/secrets/restore", &backup).await.status, 409);
    vault.call("DELETE", "/deletedsecrets/s", "").await;
    let restored = vault.call("POST", "/secrets/restore", &backup).await;
    assert_eq!(version(&restored), second);
    assert!(restored.json().get("value").is_none());
    let after = (
        vault.call("GET", "/secrets/s", "").await.body,
        vault.call("GET", &format!("/secrets/s/{first}"), "").await.body,
        vault.call("GET", "/secrets/s/versions", "").await.body,
    );
    assert_eq!(after, before);
    assert_eq!(vault.call("POST", "/keys/restore", &backup).await.status, 400);
}

async fn pages(vault: &Vault, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut link = Some(first.to_owned());
    while let Some(path) = link {
        let page = vault.call("GET", &path, "").await.json();
        let id = |item: &Value| item["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        pages.push(page["value"].as_array().unwrap().iter().map(id).collect());
        let next = page["nextLink"].as_str();
        link = next.map(|link| link.strip_prefix("https://kv.vault.azure.net:443").unwrap().to_owned());
    }
    pages
}

/// Section 2: 60 names in order, a certificate's among them; versions by their identifier.
#[tokio::test]
async fn lists_are_paged_in_order_and_end_without_an_empty_page() {
    let vault = Vault::new(standing());
    for n in 0..59 {
        set(&vault, &format!("s{n}"), &json!({"value": "x"})).await;
    }
    vault.create("S30c").await;
    let all = pages(&vault, "/secrets").await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 10]);
    let mut expected: Vec<String> = (0..59).map(|n| format!("s{n}")).chain(["S30c".into()]).collect();
    expected.sort_by_key(|name| name.to_uppercase());
    assert_eq!(all.concat(), expected);
    assert_eq!(
        pages(&vault, "/secrets?maxresults=20").await.iter().map(Vec::len).collect::<Vec<_>>(),
        [20; 3]
    );
    for _ in 0..59 {
        set(&vault, "s0", &json!({"value": "x"})).await;
    }
    let versions = pages(&vault, "/secrets/s0/versions").await.concat();
    assert!(versions.len() == 60 && versions.is_sorted());
    for n in 0..59 {
        vault.call("DELETE", &format!("/secrets/s{n}"), "").await;
    }
    vault.call("DELETE", "/certificates/S30c", "").await;
    assert_eq!(pages(&vault, "/deletedsecrets").await.concat(), expected);
    assert_eq!(pages(&vault, "/secrets").await, [Vec::<String>::new()]);
}

/// Section 3.2, `outContentType`: an ordinary secret has nothing to convert; older versions do not know it.
#[tokio::test]
async fn only_a_certificates_secret_is_converted() {
    let (vault, _) = secret("s").await;
    let path = "/secrets/s?outContentType=application/x-pem-file&api-version=";
    assert_eq!(vault.call("GET", &format!("{path}2025-07-01"), "").await.status, 400);
    assert_eq!(vault.call("GET", &format!("{path}7.4"), "").await.status, 200);
}

/// No name is a certificate's and a secret of its own: either would overwrite the other's value.
#[tokio::test]
async fn a_name_belongs_to_one_of_them() {
    let (vault, _) = secret("s").await;
    let refused = vault.call("POST", "/certificates/S/create", akv_tests::EC_POLICY).await;
    assert_eq!((refused.status, error(&refused)["code"].as_str()), (409, Some("Conflict")));
    vault.call("DELETE", "/secrets/s", "").await;
    let refused = vault.call("POST", "/certificates/s/create", akv_tests::EC_POLICY).await;
    assert_eq!(error(&refused)["innererror"]["code"], "ObjectIsDeletedButRecoverable");
    vault.call("DELETE", "/deletedsecrets/s", "").await;
    vault.create("s").await;
    vault.call("DELETE", "/certificates/s", "").await;
    let refused = set(&vault, "s", &json!({"value": "x"})).await;
    assert_eq!(
        error(&refused)["message"],
        "Secret s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."
    );
    for (method, path) in [("POST", "/deletedsecrets/s/recover"), ("DELETE", "/deletedsecrets/s")] {
        let refused = vault.call(method, path, "").await;
        assert_eq!(
            error(&refused)["innererror"]["code"],
            "SecretManagedByKeyVault",
            "{method} {path}: {refused:?}"
        );
    }
}
