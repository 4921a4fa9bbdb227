//! Every operation that exists, in every phase of a name's life, pinned: status, code, inner code and message.
//!
//! Sources: certificates.md sections 3 and 4; keys-and-secrets.md section 6.

use std::time::Duration;

use akv_emulator::config::Config;
use akv_emulator::timing::Timing;
use akv_tests::{EC_POLICY, Vault, standing};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Absent,
    Pending,
    Live,
    Deleting,
    Deleted,
    Recovering,
    Purged,
    Expired,
}

const PHASES: [Phase; 8] = [
    Phase::Absent,
    Phase::Pending,
    Phase::Live,
    Phase::Deleting,
    Phase::Deleted,
    Phase::Recovering,
    Phase::Purged,
    Phase::Expired,
];

/// A vault whose certificate `c` is in that phase, and the identifier of its version.
async fn vault_in(phase: Phase) -> (Vault, String) {
    let timing: Timing = "custom:issue=1s,cancel=1s,delete=1s,recover=1s,retry-after=10s".parse().unwrap();
    let vault = Vault::new(Config { timing, ..standing() });
    if phase == Phase::Absent {
        return (vault, String::new());
    }
    vault.create("c").await;
    if phase == Phase::Pending {
        return (vault, String::new());
    }
    vault.advance(SECOND);
    let id = vault.call("GET", "/certificates/c", "").await.json()["id"].as_str().unwrap().to_owned();
    let steps: &[(&str, &str, u16, Duration)] = match phase {
        Phase::Absent | Phase::Pending | Phase::Live => &[],
        Phase::Deleting => &[("DELETE", "/certificates/c", 200, Duration::ZERO)],
        Phase::Deleted => &[("DELETE", "/certificates/c", 200, SECOND)],
        Phase::Recovering => &[
            ("DELETE", "/certificates/c", 200, SECOND),
            ("POST", "/deletedcertificates/c/recover", 200, Duration::ZERO),
        ],
        Phase::Purged => &[
            ("DELETE", "/certificates/c", 200, SECOND),
            ("DELETE", "/deletedcertificates/c", 204, Duration::ZERO),
        ],
        Phase::Expired => &[("DELETE", "/certificates/c", 200, Duration::from_hours(90 * 24))],
    };
    for (method, path, status, then) in steps {
        assert_eq!(vault.call(method, path, "").await.status, *status, "{method} {path}");
        vault.advance(*then);
    }
    (vault, id)
}

/// What is expected: a status, and for refusals code, inner code and message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    Ok(u16),
    Refused(u16, &'static str, Option<&'static str>, String),
}

fn not_found() -> Expected {
    not_found_as("c")
}

fn not_found_as(id: &str) -> Expected {
    let message = format!(
        "A certificate with (name/id) {id} was not found in this key vault. If you recently deleted this certificate you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    Expected::Refused(404, "CertificateNotFound", None, message)
}

fn no_deleted() -> Expected {
    Expected::Refused(404, "CertificateNotFound", None, "Deleted Certificate not found: c".into())
}

fn no_operation() -> Expected {
    Expected::Refused(404, "PendingCertificateNotFound", None, "Pending Certificate not found: c".into())
}

fn conflict(inner: &'static str, message: &str) -> Expected {
    Expected::Refused(409, "Conflict", Some(inner), message.into())
}

fn live_only(phase: Phase) -> Expected {
    match phase {
        Phase::Live | Phase::Pending => Expected::Ok(200),
        _ => not_found(),
    }
}

fn create(phase: Phase) -> Expected {
    match phase {
        Phase::Pending => Expected::Refused(
            409,
            "Conflict",
            None,
            "A new key vault certificate can not be created or imported while a pending key vault certificate's status is inProgress.".into(),
        ),
        Phase::Deleting => conflict(
            "ObjectIsBeingDeleted",
            "Certificate c is currently being deleted and cannot be re-created; retry later.",
        ),
        Phase::Deleted => conflict(
            "ObjectIsDeletedButRecoverable",
            "Certificate c is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the certificate can only be recovered or purged.",
        ),
        Phase::Recovering => conflict(
            "ObjectIsBeingRecovered",
            "Certificate c is currently being recovered and cannot be re-created; retry later.",
        ),
        Phase::Absent | Phase::Live | Phase::Purged | Phase::Expired => Expected::Ok(202),
    }
}

fn import(phase: Phase) -> Expected {
    match create(phase) {
        Expected::Ok(_) => Expected::Ok(200),
        refused => refused,
    }
}

/// An operation of issuer Self waits for nothing, in progress or ended.
fn merge(phase: Phase) -> Expected {
    match phase {
        Phase::Pending => cancel(Phase::Live),
        _ => cancel(phase),
    }
}

/// A placeholder has no key and no secret yet.
fn door(phase: Phase, code: &'static str, kind: &str) -> Expected {
    let message = format!(
        "A {kind} with (name/id) c was not found in this key vault. If you recently deleted this {kind} you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    if phase == Phase::Live { Expected::Ok(200) } else { Expected::Refused(404, code, None, message) }
}

fn deleted_door(phase: Phase, code: &'static str, kind: &str) -> Expected {
    let message = format!("Deleted {kind} not found: c");
    if phase == Phase::Deleted { Expected::Ok(200) } else { Expected::Refused(404, code, None, message) }
}

fn operation(phase: Phase) -> Expected {
    match phase {
        Phase::Live | Phase::Pending => Expected::Ok(200),
        _ => no_operation(),
    }
}

fn cancel(phase: Phase) -> Expected {
    match phase {
        Phase::Pending => Expected::Ok(200),
        Phase::Live => Expected::Refused(
            403,
            "Forbidden",
            None,
            "Pending status must be in progress to allow update. ".into(),
        ),
        _ => no_operation(),
    }
}

fn recover(phase: Phase, id: &str) -> Expected {
    match phase {
        Phase::Deleted => Expected::Ok(200),
        Phase::Deleting => Expected::Refused(
            409,
            "Conflict",
            None,
            format!(
                "There was a conflict while recovering the soft-deleted certificate '{id}'. This can happen when multiple operations are performed in parallel against the soft-deleted certificate. To avoid this error, perform operations against the soft-deleted certificate in a sequential manner."
            ),
        ),
        _ => not_found(),
    }
}

fn purge(phase: Phase) -> Expected {
    match phase {
        Phase::Deleted => Expected::Ok(204),
        Phase::Deleting => conflict("ObjectIsBeingDeleted", "Certificate is currently being deleted."),
        _ => not_found(),
    }
}

/// A version's expectation differs from the name's in the message only.
fn version(phase: Phase) -> Expected {
    match phase {
        Phase::Live => Expected::Ok(200),
        // The name is there, but nothing was issued yet: the path's version is nobody's.
        Phase::Pending => not_found_as(&format!("c/{NOBODY}")),
        _ => not_found(),
    }
}

const NOBODY: &str = "00000000000000000000000000000000";

/// Bodies of an import and a merge that are good in themselves.
async fn content() -> (String, String) {
    let vault = Vault::new(standing());
    vault.create("x").await;
    let secret = vault.call("GET", "/secrets/x", "").await.json();
    let certificate = vault.call("GET", "/certificates/x", "").await.json();
    let import = serde_json::json!({"value": secret["value"]}).to_string();
    (import, serde_json::json!({"x5c": [certificate["cer"]]}).to_string())
}

#[tokio::test]
async fn every_operation_in_every_phase() {
    let (import_body, merge_body) = content().await;
    for phase in PHASES {
        let probe = vault_in(phase).await.1;
        let own = probe.rsplit('/').next().filter(|v| !v.is_empty()).unwrap_or(NOBODY).to_owned();
        let by_version = format!("/certificates/c/{own}");
        let table: Vec<(&str, &str, &str, Expected)> = vec![
            ("POST", "/certificates/c/create", EC_POLICY, create(phase)),
            ("POST", "/certificates/c/import", &import_body, import(phase)),
            ("POST", "/certificates/c/pending/merge", &merge_body, merge(phase)),
            (
                "POST",
                "/certificates/c/backup",
                "",
                if phase == Phase::Pending { not_found() } else { live_only(phase) },
            ),
            ("GET", "/keys/c", "", door(phase, "KeyNotFound", "key")),
            ("GET", "/secrets/c", "", door(phase, "SecretNotFound", "secret")),
            ("GET", "/deletedkeys/c", "", deleted_door(phase, "KeyNotFound", "Key")),
            ("GET", "/deletedsecrets/c", "", deleted_door(phase, "SecretNotFound", "Secret")),
            ("GET", "/certificates/c", "", live_only(phase)),
            ("GET", &by_version, "", version(phase)),
            ("PATCH", "/certificates/c", r#"{"tags":{"a":"b"}}"#, live_only(phase)),
            ("PATCH", &by_version, r#"{"tags":{"a":"b"}}"#, version(phase)),
            ("GET", "/certificates/c/policy", "", live_only(phase)),
            ("PATCH", "/certificates/c/policy", r#"{"secret_props":{}}"#, live_only(phase)),
            ("GET", "/certificates/c/versions", "", Expected::Ok(200)),
            ("GET", "/certificates/c/pending", "", operation(phase)),
            ("PATCH", "/certificates/c/pending", r#"{"cancellation_requested":true}"#, cancel(phase)),
            ("DELETE", "/certificates/c/pending", "", operation(phase)),
            ("DELETE", "/certificates/c", "", live_only(phase)),
            (
                "GET",
                "/deletedcertificates/c",
                "",
                if phase == Phase::Deleted { Expected::Ok(200) } else { no_deleted() },
            ),
            ("POST", "/deletedcertificates/c/recover", "", recover(phase, &probe)),
            ("DELETE", "/deletedcertificates/c", "", purge(phase)),
        ];
        for (method, path, body, expected) in table {
            // The same seed: the same version in a fresh vault.
            let (vault, _) = vault_in(phase).await;
            let answer = vault.call(method, path, body).await;
            let found = match answer.status {
                200..=299 => Expected::Ok(answer.status),
                status => {
                    let error = &answer.json()["error"];
                    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                    let leaked = |value: &serde_json::Value| &*text(value).leak();
                    let inner = error.get("innererror").map(|inner| leaked(&inner["code"]));
                    Expected::Refused(status, leaked(&error["code"]), inner, text(&error["message"]))
                }
            };
            assert_eq!(found, expected, "{method} {path} while {phase:?}");
        }
    }
}
