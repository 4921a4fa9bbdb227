//! What the passing of time does, and that nothing else does it.

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::timing::Timing;
use akv_emulator::vault::Settings;
use akv_tests::{Vault, standing, start};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

fn azure() -> Vault {
    Vault::new(Config { timing: Timing::azure(), ..standing() })
}

/// The issue's trap: an answer born `completed` breaks Python's poller, a slow first poll costs five seconds.
#[tokio::test]
async fn fast_says_in_progress_once_and_completed_at_the_first_poll() {
    let vault = Vault::new(standing());
    let created = vault.create("c").await;
    assert_eq!(created.json()["status"], "inProgress");
    assert_eq!(created.header("retry-after"), "0");
    let polled = vault.call("GET", "/certificates/c/pending", "").await;
    assert_eq!(polled.json()["status"], "completed");
    assert_eq!(polled.json()["target"], "https://kv.vault.azure.net/certificates/c");
    assert_eq!(polled.header("retry-after"), "");
}

/// certificates.md section 3: inProgress with Retry-After 10, completed some seconds later.
#[tokio::test]
async fn azures_own_timing_takes_its_seconds() {
    let vault = azure();
    assert_eq!(vault.create("c").await.header("retry-after"), "10");
    let polled = vault.call("GET", "/certificates/c/pending", "").await;
    assert_eq!((polled.json()["status"].as_str(), polled.header("retry-after")), (Some("inProgress"), "10"));
    vault.advance(3 * SECOND);
    assert_eq!(vault.call("GET", "/certificates/c/pending", "").await.json()["status"], "completed");

    assert_eq!(vault.call("DELETE", "/certificates/c", "").await.status, 200);
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.status, 404);
    assert_eq!(
        vault.call("GET", "/deletedcertificates", "").await.json()["value"].as_array().unwrap().len(),
        0
    );
    vault.advance(15 * SECOND);
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.status, 200);
    assert_eq!(vault.call("POST", "/deletedcertificates/c/recover", "").await.status, 200);
    assert_eq!(vault.call("GET", "/certificates/c", "").await.status, 404);
    vault.advance(10 * SECOND);
    assert_eq!(vault.call("GET", "/certificates/c", "").await.status, 200);
}

/// certificates.md section 2.3: a placeholder with another version id stands in until the first version is there.
#[tokio::test]
async fn a_placeholder_stands_in_until_the_first_version_is_issued() {
    let vault = azure();
    vault.create("c").await;
    let placeholder = vault.call("GET", "/certificates/c", "").await.json();
    assert_eq!(placeholder["attributes"]["enabled"], false);
    assert_eq!(placeholder["attributes"]["nbf"], start().seconds() - 600);
    assert_eq!(placeholder["attributes"]["exp"], start().plus_months(12).seconds());
    for absent in ["kid", "sid", "x5t", "cer"] {
        assert_eq!(placeholder.get(absent), None);
    }
    let listed = |path: &'static str| async {
        vault.call("GET", path, "").await.json()["value"].as_array().unwrap().len()
    };
    assert_eq!(listed("/certificates").await, 0);
    assert_eq!(listed("/certificates?includePending=true").await, 1);
    vault.advance(3 * SECOND);
    let issued = vault.call("GET", "/certificates/c", "").await.json();
    assert_ne!(issued["id"], placeholder["id"]);
    assert_eq!(listed("/certificates").await, 1);
    let old = placeholder["id"].as_str().unwrap().strip_prefix("https://kv.vault.azure.net").unwrap();
    assert_eq!(vault.call("GET", old, "").await.status, 404);
}

/// certificates.md section 2.3, Go:TestUpdateCertificatePolicy.
#[tokio::test]
async fn an_earlier_version_stays_current_while_the_next_is_pending() {
    let vault = azure();
    vault.create("c").await;
    vault.advance(3 * SECOND);
    let first = vault.call("GET", "/certificates/c", "").await.json();
    vault.create("c").await;
    assert_eq!(vault.call("GET", "/certificates/c", "").await.json()["id"], first["id"]);
    vault.advance(3 * SECOND);
    let second = vault.call("GET", "/certificates/c", "").await.json();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["policy"]["attributes"]["created"], first["policy"]["attributes"]["created"]);
    assert_ne!(second["policy"]["attributes"]["updated"], first["policy"]["attributes"]["updated"]);
    assert_eq!(
        vault.call("GET", "/certificates/c/versions", "").await.json()["value"].as_array().unwrap().len(),
        2
    );
}

/// certificates.md section 2.4: the flag at once, `cancelled` later, and nothing is issued.
#[tokio::test]
async fn a_cancelled_operation_issues_nothing_and_frees_the_name_for_another() {
    let vault = azure();
    vault.create("c").await;
    let asked = vault.call("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#).await;
    assert_eq!(asked.header("retry-after"), "");
    assert_eq!(
        (asked.json()["status"].as_str(), asked.json()["cancellation_requested"].as_bool()),
        (Some("inProgress"), Some(true))
    );
    vault.advance(10 * SECOND);
    let polled = vault.call("GET", "/certificates/c/pending", "").await.json();
    assert_eq!(polled["status"], "cancelled");
    assert_eq!((polled.get("status_details"), polled.get("target")), (None, None));
    assert_eq!(vault.call("GET", "/certificates/c", "").await.json()["attributes"]["enabled"], false);
    vault.create("c").await;
    vault.advance(3 * SECOND);
    assert!(vault.call("GET", "/certificates/c", "").await.json()["cer"].is_string());
}

/// certificates.md section 2.4: DELETE answers the last state, then the operation is gone; the certificate is not.
#[tokio::test]
async fn deleting_the_operation_stops_it_only_if_it_has_not_ended() {
    let vault = azure();
    vault.create("done").await;
    vault.create("stopped").await;
    assert_eq!(
        vault.call("DELETE", "/certificates/stopped/pending", "").await.json()["status"],
        "inProgress"
    );
    vault.advance(3 * SECOND);
    assert_eq!(vault.call("DELETE", "/certificates/done/pending", "").await.json()["status"], "completed");
    assert_eq!(vault.call("GET", "/certificates/done/pending", "").await.status, 404);
    let done = vault.call("GET", "/certificates/done", "").await.json();
    assert!(done["cer"].is_string() && done.get("pending").is_none());
    let stopped = vault.call("DELETE", "/certificates/stopped", "").await.json();
    assert!(stopped.get("cer").is_none() && stopped["policy"].is_object());
}

#[tokio::test]
async fn a_deleted_certificate_is_purged_after_its_retention_and_its_name_is_free() {
    let settings = Settings { retention_days: 7, ..Settings::default() };
    let vault = Vault::new(Config { settings, ..standing() });
    vault.create("c").await;
    let deleted = vault.call("DELETE", "/certificates/c", "").await.json();
    assert_eq!(deleted["deletedDate"], start().seconds());
    assert_eq!(deleted["scheduledPurgeDate"], start().seconds() + 7 * 86_400);
    assert_eq!(deleted["attributes"]["recoveryLevel"], "CustomizedRecoverable+Purgeable");
    vault.advance(7 * DAY - SECOND);
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.status, 200);
    vault.advance(SECOND);
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.status, 404);
    vault.create("c").await;
}

/// Time travel moves the clock, never the facts: back before the purge date the object is there again.
#[tokio::test]
async fn going_back_in_time_undoes_what_only_time_did() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    vault.call("DELETE", "/certificates/c", "").await;
    vault.advance(90 * DAY);
    assert_eq!(vault.call("POST", "/deletedcertificates/c/recover", "").await.status, 404);
    vault.clock().set(start() + DAY);
    assert_eq!(vault.call("POST", "/deletedcertificates/c/recover", "").await.status, 200);
    assert_eq!(vault.call("GET", "/certificates/c", "").await.status, 200);
}

#[tokio::test]
async fn a_vault_with_purge_protection_refuses_to_purge() {
    let settings = Settings { purge_protection: true, ..Settings::default() };
    let vault = Vault::new(Config { settings, ..standing() });
    vault.create("c").await;
    assert_eq!(
        vault.call("GET", "/certificates/c", "").await.json()["attributes"]["recoveryLevel"],
        "Recoverable"
    );
    vault.call("DELETE", "/certificates/c", "").await;
    let refused = vault.call("DELETE", "/deletedcertificates/c", "").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("purge protection is enabled"), "{refused:?}");
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.status, 200);
}
