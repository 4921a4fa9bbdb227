//! Bad input: Azure's own status, code and text, never a 500, and nothing half-written.

use akv_emulator::config::Config;
use akv_emulator::vault::FirstUse;
use akv_tests::{EC_POLICY, Vault, standing};

/// certificates.md section 4; what it lists as unknown is marked unverified in the error table.
#[expect(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn each_refusal_has_its_body() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let tags: Vec<String> = (0..16).map(|n| format!(r#""t{n}":"v""#)).collect();
    let tags = format!(r#"{{"tags":{{{}}}}}"#, tags.join(","));
    let nowhere = "/certificates/c/00000000000000000000000000000000";
    let invalid = r#"{"error":{"code":"BadParameter","message":"Property  has invalid value\r\n"}}"#;
    let cases: Vec<(&str, &str, &str, u16, &str)> = vec![
        (
            "POST",
            "/certificates/a_b/create",
            EC_POLICY,
            400,
            r#"{"error":{"code":"BadParameter","message":"The request URI contains an invalid name: a_b"}}"#,
        ),
        (
            "GET",
            "/certificates/caf%C3%A9",
            "",
            400,
            r#"{"error":{"code":"BadParameter","message":"The request URI contains an invalid name: café"}}"#,
        ),
        ("POST", "/certificates/d/create", "{", 400, invalid),
        ("POST", "/certificates/d/create", "", 400, invalid),
        ("POST", "/certificates/d/create", "[]", 400, invalid),
        ("POST", "/certificates/d/create", &deep, 400, invalid),
        ("POST", "/certificates/d/create", r#"{"policy":{"key_props":{"key_size":"big"}}}"#, 400, invalid),
        (
            "POST",
            "/certificates/d/create",
            "{}",
            400,
            r#"{"error":{"code":"BadParameter","message":"Property policy has invalid value\r\n"}}"#,
        ),
        (
            "POST",
            "/certificates/d/create",
            r#"{"policy":{"x509_props":{"subject":"Self"},"issuer":{"name":"Self"}}}"#,
            400,
            r#"{"error":{"code":"BadParameter","message":"Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n"}}"#,
        ),
        ("PATCH", "/certificates/c", &tags, 400, invalid),
        (
            "PATCH",
            "/certificates/c/policy",
            r#"{"lifetime_actions":[{},{}]}"#,
            400,
            r#"{"error":{"code":"BadParameter","message":"At most one action is allowed"}}"#,
        ),
        (
            "GET",
            nowhere,
            "",
            404,
            r#"{"error":{"code":"CertificateNotFound","message":"A certificate with (name/id) c/00000000000000000000000000000000 was not found in this key vault. If you recently deleted this certificate you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"}}"#,
        ),
        (
            "POST",
            "/certificates//create",
            EC_POLICY,
            405,
            r#"{"error":{"code":"MethodNotAllowed","message":"HTTP POST not allowed"}}"#,
        ),
        (
            "PUT",
            "/certificates/issuers/",
            "{}",
            405,
            r#"{"error":{"code":"MethodNotAllowed","message":"HTTP PUT not allowed"}}"#,
        ),
        (
            "GET",
            "/certificates?maxresults=26",
            "",
            400,
            r#"{"error":{"code":"BadParameter","message":"Invalid maxresults: 26"}}"#,
        ),
        (
            "GET",
            "/certificates?$skiptoken=x",
            "",
            400,
            r#"{"error":{"code":"BadParameter","message":"Invalid $skiptoken"}}"#,
        ),
        (
            "GET",
            "/certificates?api-version=7.9",
            "",
            400,
            r#"{"error":{"code":"BadParameter","message":"The specified version (7.9) is not recognized. Consider using the latest supported version (2026-04-01)."}}"#,
        ),
        (
            "GET",
            "/certificates?api-version=",
            "",
            400,
            r#"{"error":{"code":"BadParameter","message":"api-version must be specified"}}"#,
        ),
    ];
    for (method, path, body, status, expected) in cases {
        let answer = vault.call(method, path, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, expected), "{method} {path}");
    }
    assert_eq!(vault.call("GET", "/certificates/d", "").await.status, 404, "nothing half-written");
    assert_eq!(vault.call("GET", "/certificates/c", "").await.json().get("tags"), None);
}

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
    for (host, status) in
        [("management.azure.com", 501), ("a.b.vault.azure.net", 501), ("example.com", 421), ("a b", 400)]
    {
        let answer = Vault::new(standing()).called(host).call("GET", "/", "").await;
        assert_eq!(answer.status, status, "{host}");
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

/// Requests in parallel for one name: one wins, the others get the conflict, nothing breaks.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_creates_of_one_name_make_one_operation() {
    let timing = "custom:issue=1h".parse().unwrap();
    let vault = std::sync::Arc::new(Vault::new(Config { timing, ..standing() }));
    let calls = (0..16).map(|_| {
        let vault = std::sync::Arc::clone(&vault);
        async move { vault.call("POST", "/certificates/c/create", EC_POLICY).await.status }
    });
    let mut statuses = futures::future::join_all(calls).await;
    statuses.sort_unstable();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
}
