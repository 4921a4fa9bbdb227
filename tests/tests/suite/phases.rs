//! Every operation of the certificates family, in every phase of a name's life: status, code, inner code and message,
//! from the table in `phases.txt`.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use akv_emulator::config::{Config, Data};
use akv_emulator::timing::Timing;
use akv_tests::{Answer, EC_POLICY, Vault, standing};
use serde_json::json;

const TABLE: &str = include_str!("phases.txt");
const SECOND: Duration = Duration::from_secs(1);
const NOBODY: &str = "00000000000000000000000000000000";
const UNKNOWN: &str =
    r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Unknown"}}}"#;

/// What brings a vault's certificate `c` from nowhere into each phase: requests, each with the time that passes
/// before it.
fn steps(phase: &str) -> Vec<(u64, &'static str, &'static str, &'static str)> {
    let created = (0, "POST", "/certificates/c/create", EC_POLICY);
    let deleted = (1, "DELETE", "/certificates/c", "");
    match phase {
        "absent" => vec![],
        "pending" => vec![created],
        "waiting" => vec![(0, "POST", "/certificates/c/create", UNKNOWN)],
        "live" => vec![created, (1, "GET", "/certificates/c", "")],
        "renewing" => vec![created, (1, "POST", "/certificates/c/create", EC_POLICY)],
        "deleting" => vec![created, deleted],
        "deleted" => vec![created, deleted, (1, "GET", "/deletedcertificates/c", "")],
        "recovering" => vec![created, deleted, (1, "POST", "/deletedcertificates/c/recover", "")],
        "purged" => vec![created, deleted, (1, "DELETE", "/deletedcertificates/c", "")],
        "expired" => vec![created, deleted, (90 * 86_400, "GET", "/certificates", "")],
        other => panic!("{other} is no phase"),
    }
}

/// A vault whose certificate is in that phase, and the certificate's version. The same seed, so the same version,
/// every time; the same key for backups, so that one blob opens in all.
async fn vault_in(phase: &str, data: &Path) -> (Vault, String) {
    let timing: Timing = "custom:issue=1s,cancel=1s,delete=1s,recover=1s,retry-after=10s".parse().unwrap();
    let vault = Vault::new(Config { timing, data: Data::Directory(data.to_owned()), ..standing() });
    let mut version = NOBODY.to_owned();
    for (wait, method, path, body) in steps(phase) {
        vault.advance(SECOND * u32::try_from(wait).unwrap());
        let answer = vault.call(method, path, body).await;
        assert!((200..300).contains(&answer.status), "{phase}: {answer:?}");
        let current = vault.call("GET", "/certificates/c", "").await;
        if current.status == 200 && current.json().get("kid").is_some() {
            version = current.json()["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        } else if method == "DELETE" && answer.status == 200 {
            version = answer.json()["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        }
    }
    (vault, version)
}

/// Bodies that are good in themselves, by their names in the table, and the version that the backup holds.
async fn bodies(data: &Path) -> (HashMap<&'static str, String>, String) {
    let (vault, version) = vault_in("live", data).await;
    let secret = vault.call("GET", "/secrets/c", "").await.json();
    let certificate = vault.call("GET", "/certificates/c", "").await.json();
    let backup = vault.call("POST", "/certificates/c/backup", "").await.body;
    let digest = "A".repeat(43);
    let bodies = HashMap::from([
        ("-", String::new()),
        ("create", EC_POLICY.to_owned()),
        ("import", json!({"value": secret["value"]}).to_string()),
        ("restore", backup),
        ("merge", json!({"x5c": [certificate["cer"]]}).to_string()),
        ("tags", r#"{"tags":{"a":"b"}}"#.to_owned()),
        ("policy", r#"{"secret_props":{}}"#.to_owned()),
        ("cancel", r#"{"cancellation_requested":true}"#.to_owned()),
        ("sign", json!({"alg": "ES256", "value": digest}).to_string()),
        ("verify", json!({"alg": "ES256", "digest": digest, "value": "A".repeat(86)}).to_string()),
        ("crypt", json!({"alg": "RSA-OAEP", "value": digest}).to_string()),
        ("value", r#"{"value":"x"}"#.to_owned()),
    ]);
    (bodies, version)
}

/// The lines of one part of the table, without remarks.
fn part(heading: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let start = TABLE.find(&format!("\n{heading}")).unwrap() + 1;
    let mut lines =
        TABLE[start..].lines().take_while(|line| !line.starts_with("ANSWER") || heading == "ANSWER");
    let columns = lines.next().unwrap().split_whitespace().collect();
    (columns, lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
}

/// An answer of the second part: status, code, inner code and message.
fn answers() -> HashMap<&'static str, [&'static str; 4]> {
    let field = |text: &mut &'static str| {
        let (field, rest) = text.split_once(' ').unwrap();
        *text = rest.trim_start();
        field
    };
    let parse = |mut line: &'static str| {
        let name = field(&mut line);
        (name, [field(&mut line), field(&mut line), field(&mut line), line])
    };
    part("ANSWER").1.into_iter().map(parse).collect()
}

/// What came, in the table's words.
fn told(answer: &Answer, cell: &str) -> String {
    if answer.status >= 300 {
        let error = answer.json()["error"].clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let inner = error.get("innererror").map_or("-".to_owned(), |inner| text(&inner["code"]));
        return format!("{} {} {inner} {}", answer.status, text(&error["code"]), text(&error["message"]));
    }
    let mut told = answer.status.to_string();
    if cell.contains('/') {
        write!(told, "/{}", answer.json()["value"].as_array().map_or(0, Vec::len)).unwrap();
    }
    told
}

#[tokio::test]
async fn every_operation_in_every_phase() {
    let data = tempfile::tempdir().unwrap();
    let (bodies, backed_up) = bodies(data.path()).await;
    let answers = answers();
    let (columns, rows) = part("OPERATION");
    let mut wrong = Vec::new();
    for (place, phase) in columns[2..].iter().enumerate() {
        let (mut vault, version) = vault_in(phase, data.path()).await;
        for row in &rows {
            let fields: Vec<&str> = row.split_whitespace().collect();
            let [method, path, body, cells @ ..] = fields.as_slice() else { panic!("{row}") };
            assert_eq!(cells.len(), columns.len() - 2, "{row}");
            let cell = cells[place];
            if cell == "~" {
                continue;
            }
            let filled = |text: &str| text.replace("{v}", &version).replace("{backup}", &backed_up);
            let answer = vault.call(method, &filled(path), &bodies[body]).await;
            let expected =
                answers.get(cell).map_or_else(|| cell.to_owned(), |answer| filled(&answer.join(" ")));
            let found = told(&answer, cell);
            if found != expected {
                wrong.push(format!(
                    "{method} {path} while {phase}:\n  expected {expected}\n  found    {found}"
                ));
            }
            // Reads change nothing; whatever else succeeded leaves another phase behind.
            if *method != "GET" && answer.status < 300 {
                vault = vault_in(phase, data.path()).await.0;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
