//! Secrets that are nobody's but their own.

use std::collections::HashMap;

use super::{Family, Step, life};

const SECRETS: Family = Family { table: include_str!("secrets.txt"), steps, path: "/secrets/c", id: "/id" };
const VALUE: &str = r#"{"value":"x"}"#;

fn steps(phase: &str) -> Vec<Step> {
    let paths = ["/secrets", "/secrets/c", "/deletedsecrets/c", "/deletedsecrets/c/recover"];
    life(phase, (0, "PUT", "/secrets/c", VALUE), paths)
}

#[tokio::test]
async fn every_operation_in_every_phase() {
    let data = tempfile::tempdir().unwrap();
    let (vault, version) = SECRETS.vault_in("live", data.path()).await;
    let bodies = HashMap::from([
        ("-", String::new()),
        ("value", VALUE.to_owned()),
        ("tags", r#"{"tags":{"a":"b"}}"#.to_owned()),
        ("restore", vault.call("POST", "/secrets/c/backup", "").await.body),
    ]);
    SECRETS.is_answered(data.path(), bodies, &version).await;
}
