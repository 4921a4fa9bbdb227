//! The journal, over the control API: what was asked, by whom, and what came of it.

use akv_tests::{Vault, standing};

/// Local requests, as `akv journal` sends them.
async fn journal(vault: &Vault, method: &str, query: &str) -> serde_json::Value {
    let control = vault.beside("localhost");
    control.send(method, &format!("/akv/journal?{query}"), "", &[]).await.json()["entries"].clone()
}

#[tokio::test]
async fn every_request_is_there_with_its_operation_its_caller_and_its_refusal() {
    let vault = Vault::new(standing());
    vault.create("web").await;
    vault.call("GET", "/certificates/absent", "").await;
    vault.send("GET", "/certificates/web", "", &[("x-ms-client-request-id", "mine")]).await;

    let all = journal(&vault, "GET", "").await;
    let told: Vec<_> = all.as_array().unwrap().iter().map(|entry| &entry["request"]).collect();
    assert_eq!(told.len(), 3);
    assert_eq!((&told[0]["operation"], &told[0]["status"]), (&"CertificateCreate".into(), &202.into()));
    assert_eq!((&told[0]["vault"], &told[0]["path"]), (&"kv".into(), &"/certificates/web/create".into()));
    assert!(told[0]["caller"]["oid"].is_string() && told[0]["error"].is_null());
    assert_eq!(told[1]["error"]["code"], "CertificateNotFound");
    assert_eq!((&told[2]["status"], &told[2]["client_request_id"]), (&401.into(), &"mine".into()));
    assert!(told[2]["caller"].is_null() && told[2]["operation"].is_null());
}

#[tokio::test]
async fn it_is_searched_and_cleared() {
    let vault = Vault::new(standing());
    vault.create("web").await;
    let refused = vault.call("GET", "/certificates/absent", "").await;
    let id = refused.header("x-ms-request-id");
    for query in
        ["status=404", "operation=CertificateGet", "name=absent", &format!("request_id={id}"), "after=1"]
    {
        let found = journal(&vault, "GET", query).await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{query}");
        assert_eq!(found[0]["request"]["request_id"], id, "{query}");
    }
    let nonsense = vault.beside("localhost").send("GET", "/akv/journal?color=red", "", &[]).await;
    assert_eq!(nonsense.status, 400);
    journal(&vault, "DELETE", "").await;
    assert_eq!(journal(&vault, "GET", "").await, serde_json::json!([]));
}
