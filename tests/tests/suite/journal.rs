//! The journal, over the control API: what was asked, by whom, and what came of it.

use akv_emulator::journal::{get_secret, set_secret};
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
    for query in ["error=CertificateNotFound", "error=certificatenotfound&status=404"] {
        assert_eq!(journal(&vault, "GET", query).await[0]["request"]["request_id"], id, "{query}");
    }
    assert_eq!(journal(&vault, "GET", "error=Forbidden").await, serde_json::json!([]));
    let nonsense = vault.beside("localhost").send("GET", "/akv/journal?color=red", "", &[]).await;
    assert_eq!(nonsense.status, 400);
    journal(&vault, "DELETE", "").await;
    assert_eq!(journal(&vault, "GET", "").await, serde_json::json!([]));
}

/// Over the control API and in process: the version that a request made, was shown or named.
#[tokio::test]
async fn it_is_asked_about_one_version_of_an_object() {
    let vault = Vault::new(standing());
    let mut versions = Vec::new();
    for value in ["one", "two"] {
        let set = vault.call("PUT", "/secrets/db", &format!(r#"{{"value":"{value}"}}"#)).await.json();
        versions.push(set["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
    }
    vault.call("GET", "/secrets/db", "").await;
    vault.call("GET", &format!("/secrets/db/{}", versions[0]), "").await;
    vault.call("GET", &format!("/secrets/other/{}", versions[0]), "").await;
    for (version, asked) in
        [(&versions[0], [200, 200, 404].as_slice()), (&versions[1], &[200, 200]), (&"0".repeat(32), &[])]
    {
        let found = journal(&vault, "GET", &format!("version={version}")).await;
        let statuses: Vec<_> =
            found.as_array().unwrap().iter().map(|one| one["request"]["status"].clone()).collect();
        assert_eq!(statuses, asked, "{found}");
    }
    let journal = vault.emulator().journal();
    journal.expect(get_secret("db").version(&versions[0])).once();
    journal.expect(get_secret("db").version(&versions[1])).once();
    journal.expect(set_secret("db").version(&versions[1])).once();
    journal.expect(get_secret("other").version(&versions[0]).refused("SecretNotFound")).once();
    journal.expect(get_secret("db").version("0")).never();
}

/// learn.microsoft.com/azure/key-vault/general/logging: the fields of its table.
#[tokio::test]
async fn it_is_azures_audit_log_as_well() {
    let vault = Vault::new(standing());
    let set = vault.call("PUT", "/secrets/db", r#"{"value":"s3cret"}"#).await.json();
    let version = set["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    vault.call("GET", "/secrets/absent", "").await;
    vault.send("GET", "/secrets/db", "", &[]).await;
    let log = vault.beside("localhost").send("GET", "/akv/journal?form=audit", "", &[]).await;
    assert!(!log.body.contains("s3cret"));
    let records = log.json()["records"].clone();
    assert_eq!(records[0]["operationName"], "SecretSet");
    assert_eq!(records[0]["time"], "2027-01-31T12:00:00.0000000Z");
    assert_eq!(records[0]["properties"]["id"], format!("https://kv.vault.azure.net/secrets/db/{version}"));
    assert_eq!(
        records[0]["properties"]["requestUri"],
        "https://kv.vault.azure.net/secrets/db?api-version=2025-07-01"
    );
    assert!(records[0]["resourceId"].as_str().unwrap().ends_with("/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV"));
    let upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
    assert_eq!(records[0]["identity"]["claim"][upn], "user@domain.com");
    assert_eq!(
        (&records[1]["resultType"], &records[1]["resultSignature"]),
        (&"Failed".into(), &"Not Found".into())
    );
    assert_eq!(records[2]["operationName"], "Authentication");
    let entries = journal(&vault, "GET", "operation=SecretSet").await;
    assert_eq!(entries[0]["request"]["version"], version);
}

#[tokio::test]
async fn requests_to_the_services_around_the_vaults_are_there_without_queries_and_tokens() {
    let vault = Vault::new(standing());
    let tenant = vault.service().state().identity.tenant();
    let form = "grant_type=client_credentials&client_id=00000000-0000-0000-0000-00000000000a&client_secret=hunter2&scope=https://vault.azure.net/.default";
    let form_type = [("content-type", "application/x-www-form-urlencoded")];
    let token = format!("/{tenant}/oauth2/v2.0/token");
    let given = vault.send_to("login.microsoftonline.com", "POST", &token, form, &form_type).await;
    assert_eq!(given.status, 200, "{given:?}");
    let developer = [("authorization", "Bearer developer")];
    vault.send_to("management.azure.com", "GET", "/subscriptions/nowhere", "", &developer).await;
    vault.send_to("graph.microsoft.com", "GET", "/v1.0/me?$select=id", "", &developer).await;
    vault.send_to("localhost", "GET", "/msi/token?resource=https://vault.azure.net", "", &[]).await;

    let all = journal(&vault, "GET", "").await;
    let told: Vec<_> = all.as_array().unwrap().iter().map(|entry| &entry["service"]).collect();
    let seen: Vec<_> =
        told.iter().map(|entry| (entry["service"].as_str(), entry["status"].as_u64())).collect();
    let expected = [("login", 200), ("management", 404), ("graph", 200), ("identity", 401)];
    assert_eq!(seen, expected.map(|(service, status)| (Some(service), Some(status))));
    assert_eq!(told[0]["caller"]["appid"], "00000000-0000-0000-0000-00000000000a");
    assert_eq!(told[1]["error"], "SubscriptionNotFound");
    assert_eq!(
        (&told[2]["path"], &told[2]["caller"]["oid"]),
        (&"/v1.0/me".into(), &told[1]["caller"]["oid"])
    );
    assert!(told[3]["caller"].is_null());
    let text = all.to_string();
    for unwanted in ["hunter2", "eyJ", "developer", "resource="] {
        assert!(!text.contains(unwanted), "{unwanted}: {text}");
    }
    assert_eq!(journal(&vault, "GET", "status=404").await.as_array().unwrap().len(), 1);
    assert_eq!(journal(&vault, "GET", "vault=kv").await, serde_json::json!([]));
}
