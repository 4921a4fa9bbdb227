//! `akv journal`: the journal of a running emulator, a line for each entry.
//!
//! It reads what the control API answers and must not depend on the emulator's own types of it: an older emulator may
//! answer a newer command.

use std::process::ExitCode;

use serde_json::Value;

use super::{client, print};
use crate::config::{JournalArg, JournalArgs};
use crate::timestamp::Timestamp;

/// Carries out the command.
///
/// # Errors
/// One line for people, if there is no emulator.
pub(super) async fn run(args: &JournalArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    if let Some(JournalArg::Clear) = args.command {
        return client.delete::<Value>("/akv/journal").await.map(|_| ExitCode::SUCCESS);
    }
    let answer: Value = client.get(&format!("/akv/journal?{}", query(args))).await?;
    for entry in answer["entries"].as_array().into_iter().flatten() {
        print(&if args.json { entry.to_string() } else { line(entry) })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &JournalArgs) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("vault", args.vault.clone()),
        ("operation", args.operation.clone()),
        ("name", args.name.clone()),
        ("status", args.status.map(|status| status.to_string())),
        ("request_id", args.request_id.map(|id| id.to_string())),
    ] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    query.finish()
}

/// An entry for people.
fn line(entry: &Value) -> String {
    let at = Timestamp::from_seconds(entry["at"].as_i64().unwrap_or_default());
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    if let Value::Object(mail) = &entry["mail"] {
        let to: Vec<String> = mail["to"].as_array().into_iter().flatten().map(text).collect();
        return format!(
            "{at} mail {} to {}: {}",
            text(&mail["vault"]),
            to.join(", "),
            text(&mail["subject"])
        );
    }
    let request = &entry["request"];
    let error = &request["error"];
    let code = error["innererror"].as_str().or_else(|| error["code"].as_str()).unwrap_or_default();
    let line = format!(
        "{at} {} {} {} {}{} {} {code}",
        request["status"],
        text(&request["operation"]),
        text(&request["method"]),
        text(&request["vault"]),
        text(&request["path"]),
        text(&request["request_id"]),
    );
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_one_line() {
        let refused = json!({"sequence": 1, "at": 1_801_353_600, "request": {
            "request_id": "00000000-0000-0000-0000-000000000007", "vault": "kv", "method": "GET",
            "path": "/certificates/a", "operation": "CertificateGet", "status": 404,
            "error": {"code": "CertificateNotFound", "message": "..."}}});
        assert_eq!(
            line(&refused),
            "2027-01-31T00:00:00Z 404 CertificateGet GET kv/certificates/a 00000000-0000-0000-0000-000000000007 CertificateNotFound"
        );
        let mail = json!({"sequence": 2, "at": 1_801_353_600, "mail": {
            "vault": "kv", "certificate": "a", "to": ["a@b", "c@d"], "subject": "expires"}});
        assert_eq!(line(&mail), "2027-01-31T00:00:00Z mail kv to a@b, c@d: expires");
    }
}
