//! Lifetime actions: what was due by now has happened, dated at the instant it was due, whoever looks first.
//!
//! Sources: certificates.md sections 2.2, 2.13 and 5.1; Microsoft's "Renew your Azure Key Vault certificates".

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::timestamp::Timestamp;
use akv_emulator::timing::Timing;
use akv_emulator::vault::renewal::MOST_RENEWALS;
use akv_tests::{Answer, Vault, standing, start};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::witness::openssl;

const DAY: Duration = Duration::from_hours(24);
const ISSUED_BEFORE: Duration = Duration::from_mins(10);

/// A P-256 certificate for `months` with one lifetime action.
fn policy(issuer: &str, months: u32, reuse_key: &str, trigger: &str, action: &str) -> String {
    format!(
        r#"{{"policy":{{"key_props":{{"kty":"EC","reuse_key":{reuse_key}}},"x509_props":{{"subject":"CN=a","validity_months":{months}}},"lifetime_actions":[{{"trigger":{{{trigger}}},"action":{{"action_type":"{action}"}}}}],"issuer":{{"name":"{issuer}"}}}},"tags":{{"kept":"yes"}}}}"#
    )
}

fn renewing(months: u32, trigger: &str) -> String {
    policy("Self", months, "false", trigger, "AutoRenew")
}

const AT_80_PERCENT: &str = r#""lifetime_percentage":80"#;

async fn create(vault: &Vault, body: &str) {
    assert_eq!(vault.call("POST", "/certificates/c/create", body).await.status, 202);
}

async fn get(vault: &Vault, path: &str) -> Value {
    let answer = vault.call("GET", path, "").await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

/// The versions, from the oldest to the newest.
async fn versions(vault: &Vault) -> Vec<Value> {
    let mut found = Vec::new();
    let mut path = "/certificates/c/versions".to_owned();
    loop {
        let page = get(vault, &path).await;
        found.extend(page["value"].as_array().unwrap().clone());
        let Some(next) = page["nextLink"].as_str() else { break };
        path = next.split_once(":443").unwrap().1.to_owned();
    }
    found.sort_by_key(|version| version["attributes"]["created"].as_i64());
    found
}

fn created(version: &Value) -> i64 {
    version["attributes"]["created"].as_i64().unwrap()
}

/// The instant at which 80 percent of a year's certificate issued at `issued` are over.
fn due_80(issued: Timestamp) -> Timestamp {
    let from = issued - ISSUED_BEFORE;
    from + issued.plus_months(12).since(from) / 100 * 80
}

#[tokio::test]
async fn thirteen_months_later_there_is_one_more_version_dated_when_it_was_due() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    let first = get(&vault, "/certificates/c").await;
    let due = due_80(start());
    vault.clock().set(due - Duration::from_secs(1));
    assert_eq!(get(&vault, "/certificates/c").await["id"], first["id"]);
    vault.clock().set(start().plus_months(13));
    let second = get(&vault, "/certificates/c").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["attributes"]["created"], due.seconds());
    assert_eq!(second["attributes"]["nbf"], (due - ISSUED_BEFORE).seconds());
    assert_eq!(second["attributes"]["exp"], due.plus_months(12).seconds());
    assert_eq!(second["tags"], serde_json::json!({"kept": "yes"}));
    assert_eq!(versions(&vault).await.len(), 2);
    // The policy is the name's own, untouched.
    assert_eq!(second["policy"], first["policy"]);
    // The old version is as it was.
    let path = first["id"].as_str().unwrap().strip_prefix("https://kv.vault.azure.net").unwrap();
    assert_eq!(get(&vault, path).await["x5t"], first["x5t"]);
}

#[tokio::test]
async fn days_before_expiry_count_back_from_the_end() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, r#""days_before_expiry":30"#)).await;
    let due = start().plus_months(12) - 30 * DAY;
    vault.clock().set(due - Duration::from_secs(1));
    assert_eq!(versions(&vault).await.len(), 1);
    vault.clock().set(due);
    let found = versions(&vault).await;
    assert_eq!(found.iter().map(created).collect::<Vec<_>>(), [start().seconds(), due.seconds()]);
}

#[tokio::test]
async fn a_jump_of_years_makes_every_version_each_due_by_the_one_before_it() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.clock().set(start().plus_months(60));
    let found = versions(&vault).await;
    let mut expected = vec![start()];
    while due_80(expected[expected.len() - 1]) <= start().plus_months(60) {
        expected.push(due_80(expected[expected.len() - 1]));
    }
    assert_eq!(found.len(), 7);
    assert_eq!(
        found.iter().map(created).collect::<Vec<_>>(),
        expected.iter().map(|at| at.seconds()).collect::<Vec<_>>()
    );
    // The newest is valid now, and the operation is the one that issued it.
    let current = get(&vault, "/certificates/c").await;
    assert!(current["attributes"]["exp"].as_i64().unwrap() > start().plus_months(60).seconds());
    let operation = get(&vault, "/certificates/c/pending").await;
    assert_eq!(
        (&operation["status"], &operation["target"]),
        (&"completed".into(), &"https://kv.vault.azure.net/certificates/c".into())
    );
    let request = STANDARD.decode(operation["csr"].as_str().unwrap()).unwrap();
    let certificate = STANDARD.decode(current["cer"].as_str().unwrap()).unwrap();
    let key = |program, der: &[u8]| openssl(&[program, "-inform", "DER", "-noout", "-pubkey"], der);
    assert_eq!(key("req", &request), key("x509", &certificate));
    // Nothing more is due: asking again changes nothing.
    assert_eq!(get(&vault, "/certificates/c").await, current);
}

#[tokio::test]
async fn of_hundreds_that_were_due_only_the_last_ones_are_made() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(1, AT_80_PERCENT)).await;
    vault.clock().set(start().plus_months(1200));
    let found = versions(&vault).await;
    assert_eq!(found.len(), 1 + MOST_RENEWALS);
    let now = start().plus_months(1200).seconds();
    let newest = &found[found.len() - 1]["attributes"];
    assert!(newest["created"].as_i64().unwrap() <= now && now < newest["exp"].as_i64().unwrap());
    assert!(newest["exp"].as_i64().unwrap() - now > 5 * 86_400, "{newest}");
}

#[tokio::test]
async fn a_key_is_kept_or_new_as_the_policy_says() {
    for (reuse, same) in [("true", true), ("false", false)] {
        let vault = Vault::new(standing());
        create(&vault, &policy("Self", 12, reuse, AT_80_PERCENT, "AutoRenew")).await;
        let first = get(&vault, "/keys/c").await;
        vault.advance(400 * DAY);
        let second = get(&vault, "/keys/c").await;
        assert_ne!(second["key"]["kid"], first["key"]["kid"]);
        assert_eq!(second["key"]["x"] == first["key"]["x"], same, "reuse_key {reuse}");
        // Renewing by hand is creating a version: the same rule.
        create(&vault, &policy("Self", 12, reuse, AT_80_PERCENT, "AutoRenew")).await;
        let third = get(&vault, "/keys/c").await;
        assert_eq!(third["key"]["x"] == second["key"]["x"], same, "reuse_key {reuse}");
    }
}

/// Whoever comes first after the jump, by whatever door, sees the new version, and all see the same one.
#[tokio::test]
async fn every_door_sees_the_renewed_state_and_the_seed_decides_it_not_the_first_reader() {
    let version = |text: &Value| text.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut seen = Vec::new();
    for path in [
        "/certificates/c",
        "/keys/c",
        "/secrets/c",
        "/certificates",
        "/keys",
        "/secrets",
        "/certificates/c/versions",
        "/keys/c/versions",
        "/secrets/c/versions",
        "/certificates/c/pending",
        "/certificates/c/policy",
    ] {
        let vault = Vault::new(standing());
        create(&vault, &renewing(12, AT_80_PERCENT)).await;
        vault.advance(400 * DAY);
        let answer = get(&vault, path).await;
        if path.ends_with("versions") {
            assert_eq!(answer["value"].as_array().unwrap().len(), 2, "{path}");
        }
        let current = get(&vault, "/certificates/c").await;
        if path == "/certificates" {
            assert_eq!(answer["value"][0]["x5t"], current["x5t"]);
        }
        if path == "/secrets/c" {
            assert_eq!(version(&answer["id"]), version(&current["id"]));
            // keys-and-secrets.md section 3.1: the version before it.
            let found = versions(&vault).await;
            assert_eq!(answer["previousVersion"], version(&found[0]["id"]).as_str());
        }
        if path == "/keys/c" {
            assert_eq!(version(&answer["key"]["kid"]), version(&current["id"]));
        }
        seen.push((version(&current["id"]), get(&vault, "/keys/c").await["key"]["x"].clone()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "one seed, one next version: {seen:?}");
}

/// A backup has the versions that were due, and a deleted list shows the last of them.
#[tokio::test]
async fn backups_and_deleted_lists_have_what_was_due() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(400 * DAY);
    let backup = vault.call("POST", "/certificates/c/backup", "").await;
    let current = get(&vault, "/certificates/c").await;
    vault.call("DELETE", "/certificates/c", "").await;
    assert_eq!(get(&vault, "/deletedcertificates").await["value"][0]["x5t"], current["x5t"]);
    vault.call("DELETE", "/deletedcertificates/c", "").await;
    let restored = vault.call("POST", "/certificates/restore", &backup.body).await;
    assert_eq!(restored.json()["id"], current["id"]);
    assert_eq!(versions(&vault).await.len(), 2);
    // It goes on from there.
    vault.advance(400 * DAY);
    assert_eq!(versions(&vault).await.len(), 3);
}

#[tokio::test]
async fn a_deleted_certificate_is_not_renewed_and_a_recovered_one_is_at_once() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(1, AT_80_PERCENT)).await;
    let first = get(&vault, "/certificates/c").await;
    vault.advance(DAY);
    vault.call("DELETE", "/certificates/c", "").await;
    vault.advance(60 * DAY);
    assert_eq!(get(&vault, "/deletedcertificates/c").await["id"], first["id"]);
    let recovered_at = vault.clock().now().seconds();
    vault.call("POST", "/deletedcertificates/c/recover", "").await;
    vault.advance(DAY);
    assert_eq!(get(&vault, "/certificates/c").await["attributes"]["created"], recovered_at);
}

#[tokio::test]
async fn what_was_due_before_the_deletion_was_renewed_before_it() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(400 * DAY);
    let deleted = vault.call("DELETE", "/certificates/c", "").await.json();
    assert_eq!(deleted["attributes"]["created"], due_80(start()).seconds());
}

#[tokio::test]
async fn a_disabled_certificate_is_renewed_and_stays_disabled() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.call("PATCH", "/certificates/c", r#"{"attributes":{"enabled":false}}"#).await;
    vault.advance(400 * DAY);
    let current = get(&vault, "/certificates/c").await;
    assert_eq!(current["attributes"]["enabled"], false);
    assert_eq!(current["attributes"]["created"], due_80(start()).seconds());
    assert_eq!(vault.call("GET", "/secrets/c", "").await.status, 403);
}

#[tokio::test]
async fn a_changed_policy_decides_the_next_version_and_is_due_at_the_change_at_the_earliest() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(100 * DAY);
    let patch = r#"{"x509_props":{"subject":"CN=b","validity_months":24},"lifetime_actions":[{"trigger":{"lifetime_percentage":10},"action":{"action_type":"AutoRenew"}}]}"#;
    assert_eq!(vault.call("PATCH", "/certificates/c/policy", patch).await.status, 200);
    let current = get(&vault, "/certificates/c").await;
    assert_eq!(current["attributes"]["created"], (start() + 100 * DAY).seconds());
    assert_eq!(current["attributes"]["exp"], (start() + 100 * DAY).plus_months(24).seconds());
    assert_eq!(versions(&vault).await.len(), 2);
}

/// Issuer Unknown is renewed by its owner only; so is a certificate whose policy says EmailContacts.
#[tokio::test]
async fn nothing_is_issued_where_only_the_contacts_are_to_be_told() {
    let vault = Vault::new(standing());
    create(&vault, &policy("Self", 12, "false", AT_80_PERCENT, "EmailContacts")).await;
    vault.advance(400 * DAY);
    assert_eq!(versions(&vault).await.len(), 1);
    let patch = r#"{"issuer":{"name":"Unknown"},"lifetime_actions":[{"trigger":{"lifetime_percentage":50},"action":{"action_type":"AutoRenew"}}]}"#;
    vault.call("PATCH", "/certificates/c/policy", patch).await;
    vault.advance(DAY);
    assert_eq!(versions(&vault).await.len(), 1);
    // Self and AutoRenew again: what was put off is done now.
    let patch = r#"{"issuer":{"name":"Self"}}"#;
    vault.call("PATCH", "/certificates/c/policy", patch).await;
    assert_eq!(versions(&vault).await.len(), 1, "the action was taken for this version, by mail");
    let patch = r#"{"lifetime_actions":[{"trigger":{"lifetime_percentage":60},"action":{"action_type":"AutoRenew"}}]}"#;
    vault.call("PATCH", "/certificates/c/policy", patch).await;
    assert_eq!(versions(&vault).await.len(), 2);
}

#[tokio::test]
async fn the_issuers_own_time_is_taken_and_the_operation_shows_it() {
    let timing = Timing { issue: DAY..=DAY, ..Timing::fast() };
    let vault = Vault::new(Config { timing, ..standing() });
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(DAY);
    let first = get(&vault, "/certificates/c").await;
    let due = due_80(start() + DAY);
    vault.clock().set(due);
    let operation = vault.call("GET", "/certificates/c/pending", "").await;
    assert_eq!(operation.json()["status"], "inProgress");
    assert_eq!(get(&vault, "/certificates/c").await["id"], first["id"]);
    assert_eq!(vault.call("POST", "/certificates/c/create", "{}").await.status, 409);
    vault.advance(DAY);
    let second = get(&vault, "/certificates/c").await;
    assert_eq!(second["attributes"]["created"], (due + DAY).seconds());
    let completed = get(&vault, "/certificates/c/pending").await;
    assert_eq!(completed["status"], "completed");
    assert_eq!(completed["request_id"], operation.json()["request_id"]);
}

#[tokio::test]
async fn a_cancelled_renewal_is_not_tried_again() {
    let timing = Timing { issue: DAY..=DAY, ..Timing::fast() };
    let vault = Vault::new(Config { timing, ..standing() });
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(DAY);
    vault.clock().set(due_80(start() + DAY));
    let cancelled =
        vault.call("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#).await;
    assert_eq!(cancelled.status, 200);
    vault.advance(30 * DAY);
    assert_eq!(get(&vault, "/certificates/c/pending").await["status"], "cancelled");
    assert_eq!(versions(&vault).await.len(), 1);
}

/// A pending request puts renewal off.
#[tokio::test]
async fn a_running_operation_is_not_overtaken() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(10 * DAY);
    create(&vault, &policy("Unknown", 12, "false", AT_80_PERCENT, "AutoRenew")).await;
    vault.call("PATCH", "/certificates/c/policy", r#"{"issuer":{"name":"Self"}}"#).await;
    vault.advance(400 * DAY);
    assert_eq!(versions(&vault).await.len(), 1);
    assert_eq!(get(&vault, "/certificates/c/pending").await["status"], "inProgress");
    vault.call("DELETE", "/certificates/c/pending", "").await;
    let found = versions(&vault).await;
    let expected = [start().seconds(), (start() + 410 * DAY).seconds()];
    assert_eq!(found.iter().map(created).collect::<Vec<_>>(), expected);
}

/// Moving the clock back hides what lies ahead; moving it on again shows the same.
#[tokio::test]
async fn a_clock_moved_back_hides_renewals_and_a_change_made_there_decides_anew() {
    let vault = Vault::new(standing());
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    let first = get(&vault, "/certificates/c").await;
    let later = start().plus_months(36);
    vault.clock().set(later);
    let third = versions(&vault).await;
    assert_eq!(third.len(), 4);
    vault.clock().set(start() + DAY);
    assert_eq!(get(&vault, "/certificates/c").await["id"], first["id"]);
    assert_eq!(get(&vault, "/certificates/c/pending").await["status"], "completed");
    assert_eq!(versions(&vault).await.len(), 1);
    vault.clock().set(later);
    assert_eq!(versions(&vault).await, third);
    vault.clock().set(start() + DAY);
    vault
        .call("PATCH", "/certificates/c/policy", r#"{"x509_props":{"subject":"CN=a","validity_months":36}}"#)
        .await;
    assert_eq!(versions(&vault).await.len(), 1);
    vault.clock().set(later);
    let found = versions(&vault).await;
    assert_eq!(found.iter().map(created).collect::<Vec<_>>(), [start().seconds(), due_80(start()).seconds()]);
}

/// An imported certificate is renewed if its owner says so, and only then (section 2.7: Unknown unless told).
#[tokio::test]
async fn an_imported_certificate_is_renewed_by_the_issuer_that_its_import_named() {
    let source = Vault::new(standing());
    create(&source, &renewing(12, AT_80_PERCENT)).await;
    let value = get(&source, "/secrets/c").await["value"].as_str().unwrap().to_owned();
    for (issuer, expected) in [("", 1), (r#","policy":{"issuer":{"name":"Self"}}"#, 2)] {
        let vault = Vault::new(standing());
        let imported: Answer =
            vault.call("POST", "/certificates/c/import", &format!(r#"{{"value":"{value}"{issuer}}}"#)).await;
        assert_eq!(imported.status, 200, "{imported:?}");
        vault.advance(400 * DAY);
        assert_eq!(versions(&vault).await.len(), expected, "{issuer}");
    }
}

#[tokio::test]
async fn two_readers_at_once_renew_once() {
    let vault = Vault::new(Config { seed: None, ..standing() });
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    vault.advance(400 * DAY);
    let (one, other, list) =
        tokio::join!(get(&vault, "/certificates/c"), get(&vault, "/certificates/c"), get(&vault, "/keys"));
    assert_eq!(one["id"], other["id"]);
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(versions(&vault).await.len(), 2);
}

/// The journal has the mails that were due, though nobody asked for the certificates.
#[tokio::test]
async fn the_contacts_mails_are_in_the_journal_at_the_instant_they_were_due() {
    let vault = Vault::new(standing());
    let contacts = r#"{"contacts":[{"email":"a@example.com"},{"email":"b@example.com"}]}"#;
    assert_eq!(vault.call("PUT", "/certificates/contacts", contacts).await.status, 200);
    create(&vault, &renewing(12, AT_80_PERCENT)).await;
    let told = policy("Self", 12, "false", r#""days_before_expiry":30"#, "EmailContacts");
    vault.call("POST", "/certificates/d/create", &told).await;
    vault.advance(400 * DAY);
    let journal = vault.beside("localhost").send("GET", "/akv/journal?after=3", "", &[]).await.json();
    let entries = journal["entries"].as_array().unwrap();
    let to = serde_json::json!(["a@example.com", "b@example.com"]);
    assert_eq!(entries.len(), 2, "{journal}");
    for (entry, name, at, says) in [
        (&entries[0], "c", due_80(start()), "Certificate c was renewed: version "),
        (
            &entries[1],
            "d",
            start().plus_months(12) - 30 * DAY,
            "Certificate d expires at 2028-01-31T12:00:00Z",
        ),
    ] {
        assert_eq!((&entry["mail"]["certificate"], &entry["mail"]["to"]), (&name.into(), &to));
        assert_eq!(entry["at"], at.seconds());
        assert!(entry["mail"]["subject"].as_str().unwrap().starts_with(says), "{entry}");
    }
}
