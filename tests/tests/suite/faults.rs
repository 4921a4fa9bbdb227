//! Faults on purpose: what a program sees of them, without a socket and over TLS.

use akv_emulator::faults::{Delivery, Fault};
use akv_emulator::{Emulator, Running};
use akv_tests::{Vault, standing};
use std::time::Duration;

fn fault(json: &str) -> Fault {
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn a_refusal_comes_as_often_as_it_was_asked_for_and_nothing_is_carried_out() {
    let vault = Vault::new(standing());
    let set = r#"{"on":{"operation":"CertificateCreate"},"times":1,"do":{"answer":{"status":429,"retry_after":7}}}"#;
    vault.emulator().faults().add(fault(set)).unwrap();
    let refused = vault.call("POST", "/certificates/web/create", akv_tests::EC_POLICY).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "7"));
    // keys-and-secrets.md section 5, E-429.
    assert_eq!(
        refused.body,
        r#"{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}}"#
    );
    assert_eq!(vault.call("GET", "/certificates/web", "").await.status, 404);
    vault.create("web").await;
    let journal = vault.beside("localhost").send("GET", "/akv/journal?status=429", "", &[]).await.json();
    assert_eq!(journal["entries"][0]["request"]["why"], "a fault was set for this request");
}

#[tokio::test]
async fn a_stale_read_shows_what_was_there_before_the_write() {
    let vault = Vault::new(standing());
    vault.emulator().faults().add(fault(r#"{"on":{"name":"web"},"do":{"stale":"5s"}}"#)).unwrap();
    vault.create("web").await;
    assert_eq!(vault.call("GET", "/certificates/web", "").await.status, 404);
    vault.advance(Duration::from_secs(5));
    let before = vault.call("GET", "/certificates/web", "").await;
    assert_eq!(before.json()["tags"], serde_json::Value::Null);
    let written = vault.call("PATCH", "/certificates/web", r#"{"tags":{"a":"b"}}"#).await;
    assert_eq!(written.status, 200);
    assert_eq!(vault.call("GET", "/certificates/web", "").await.body, before.body);
    vault.advance(Duration::from_secs(5));
    assert_eq!(vault.call("GET", "/certificates/web", "").await.json()["tags"]["a"], "b");
}

#[tokio::test]
async fn delays_and_breaks_are_left_to_who_carries_the_answer() {
    let vault = Vault::new(standing());
    for set in [r#"{"do":{"delay":"3s"}}"#, r#"{"do":{"reset_after":10}}"#] {
        vault.emulator().faults().add(fault(set)).unwrap();
    }
    let request = http::Request::get("https://kv.vault.azure.net/certificates?api-version=7.4");
    let request = request.header("authorization", "Bearer developer").body(bytes::Bytes::new()).unwrap();
    let response = vault.service().call(request).await;
    let delivery = response.extensions().get::<Delivery>();
    assert_eq!(delivery, Some(&Delivery { delay: Duration::from_secs(3), reset_after: Some(10) }));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_connection_breaks_in_the_middle_of_the_body() {
    let running = Emulator::new(standing()).unwrap().start().await.unwrap();
    let get = |path: &'static str| get(&running, path);
    assert_eq!(get("/certificates").await.unwrap(), r#"{"value":[],"nextLink":null}"#);
    running.emulator().faults().add(fault(r#"{"times":1,"do":{"reset_after":10}}"#)).unwrap();
    let broken = get("/certificates").await.unwrap_err();
    assert!(broken.is_body() || broken.is_decode() || broken.is_request(), "{broken:?}");
    assert!(get("/certificates").await.is_ok());
    running.stop().await;
}

async fn get(running: &Running, path: &str) -> Result<String, reqwest::Error> {
    let authority = reqwest::Certificate::from_pem(running.emulator().ca_pem().as_bytes())?;
    let client = reqwest::Client::builder()
        .tls_certs_only([authority])
        .resolve("kv.vault.localhost", running.address())
        .no_proxy()
        .build()?;
    let url = format!("{}{path}?api-version=7.4", running.vault_url("kv"));
    client.get(url).bearer_auth("developer").send().await?.text().await
}

#[tokio::test]
async fn the_control_api_sets_lists_and_takes_back() {
    let vault = Vault::new(standing());
    let control = vault.beside("localhost");
    let set = control.send("POST", "/akv/faults", r#"{"do":{"answer":{"status":503}}}"#, &[]).await;
    assert_eq!(set.json()["faults"][0]["do"]["answer"]["status"], 503);
    let refused = vault.call("GET", "/certificates", "").await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (503, Some("ServiceUnavailable")));
    for nonsense in ["", "{}", r#"{"do":{"answer":{"status":200}}}"#, r#"{"do":{"explode":1}}"#] {
        let answer = control.send("POST", "/akv/faults", nonsense, &[]).await;
        assert_eq!(answer.status, 400, "{nonsense}");
    }
    control.send("DELETE", "/akv/faults", "", &[]).await;
    assert_eq!(vault.call("GET", "/certificates", "").await.status, 200);
}
