//! Bad input: Azure's own status, code and text, never a 500, and nothing half-written.

use akv_emulator::config::Config;
use akv_emulator::vault::FirstUse;
use akv_tests::{Vault, standing};

#[tokio::test]
async fn a_closed_emulator_knows_only_the_vaults_it_was_given() {
    let config = Config { first_use: FirstUse::Refused, vaults: vec!["kv".into()], ..standing() };
    let vault = Vault::new(config);
    assert_eq!(vault.call("GET", "/certificates", "").await.status, 200);
    let other = vault.called("other.vault.azure.net").call("GET", "/certificates", "").await;
    assert_eq!((other.status, other.json()["error"]["code"].as_str()), (404, Some("VaultNotFound")));
}

#[tokio::test]
async fn hosts_of_azures_that_are_not_emulated_say_so_and_strangers_are_turned_away() {
    for (host, status) in [
        ("management.usgovcloudapi.net", 501),
        ("a.b.vault.azure.net", 501),
        ("example.com", 421),
        ("a b", 400),
    ] {
        let answer = Vault::new(standing()).called(host).call("GET", "/", "").await;
        assert_eq!(answer.status, status, "{host}");
    }
}

/// What Azure has and the emulator has not says that it is not there; what nobody has is not found.
#[tokio::test]
async fn operations_of_azures_that_are_not_emulated_say_so() {
    let vault = Vault::new(standing());
    let pool = vault.beside("pool.managedhsm.azure.net");
    for (host, path, status) in [
        (&pool, "/settings", 501),
        (&pool, "/securitydomain/download", 501),
        (&pool, "/backup", 501),
        (&pool, "/providers/Microsoft.Authorization/roleDefinitions", 501),
        (&pool, "/keys/k/providers/Microsoft.Authorization/roleAssignments", 501),
        (&pool, "/secrets", 404),
        (&vault, "/storage", 501),
        (&vault, "/settings", 404),
    ] {
        let answer = host.call("GET", path, "").await;
        let code = if status == 501 { "NotImplemented" } else { "NotFound" };
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (status, Some(code)), "{path}");
        assert!(
            answer.json()["error"]["message"].as_str().is_some_and(|text| text.contains(path)),
            "{answer:?}"
        );
    }
}

/// No web page may move the clock, and no foreign host name may reach the control API (DNS rebinding).
#[tokio::test]
async fn the_control_api_refuses_browsers_and_foreign_hosts() {
    let vault = Vault::new(standing()).called("127.0.0.1:8443");
    let advance = r#"{"advance":"1d"}"#;
    let before = vault.clock().now();
    for header in ["origin", "sec-fetch-site"] {
        let refused = vault.send("POST", "/akv/clock", advance, &[(header, "https://evil.example")]).await;
        assert_eq!(refused.status, 403);
    }
    assert_eq!(vault.clock().now(), before);
    assert_eq!(vault.send("POST", "/akv/clock", advance, &[]).await.status, 200);
    assert_ne!(vault.clock().now(), before);
    let foreign = Vault::new(standing()).called("evil.example:8443").send("GET", "/akv/info", "", &[]).await;
    assert_eq!(foreign.status, 421);
}
