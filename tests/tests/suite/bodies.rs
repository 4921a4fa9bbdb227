//! Answers to the byte: members in Azure's order, headers in its form. Sources: certificates.md sections 1 and 2.

use akv_tests::{Answer, Vault, standing};

/// The body with what differs from run to run replaced by words.
fn masked(answer: &Answer) -> String {
    let json = answer.json();
    let mut text = answer.body.clone();
    for (member, word) in [("cer", "CER"), ("x5t", "X5T"), ("csr", "CSR"), ("request_id", "REQUEST")] {
        if let Some(value) = json[member].as_str() {
            text = text.replace(value, word);
        }
    }
    if let Some(version) = json["id"].as_str().and_then(|id| id.rsplit('/').next()).filter(|v| v.len() == 32)
    {
        text = text.replace(version, "VERSION");
    }
    text
}

const ATTRIBUTES: &str = r#""attributes":{"enabled":true,"nbf":1801396200,"exp":1832932800,"created":1801396800,"updated":1801396800,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}"#;
const POLICY: &str = r#""policy":{"id":"https://kv.vault.azure.net/certificates/c/policy","key_props":{"exportable":true,"kty":"EC","key_size":256,"reuse_key":false,"crv":"P-256"},"secret_props":{"contentType":"application/x-pkcs12"},"x509_props":{"subject":"CN=a","ekus":["1.3.6.1.5.5.7.3.1","1.3.6.1.5.5.7.3.2"],"key_usage":["digitalSignature"],"validity_months":12,"basic_constraints":{"ca":false}},"lifetime_actions":[{"trigger":{"lifetime_percentage":80},"action":{"action_type":"AutoRenew"}}],"issuer":{"name":"Self"},"attributes":{"enabled":true,"created":1801396800,"updated":1801396800}}"#;
const DOORS: &str = r#""id":"https://kv.vault.azure.net/certificates/c/VERSION","kid":"https://kv.vault.azure.net/keys/c/VERSION","sid":"https://kv.vault.azure.net/secrets/c/VERSION","x5t":"X5T","cer":"CER""#;
const PENDING: &str = r#""pending":{"id":"https://kv.vault.azure.net/certificates/c/pending"}"#;

/// certificates.md sections 2.1, 2.3, 2.5, 2.9.
#[tokio::test]
async fn create_read_delete_recover_answer_in_azures_order() {
    let vault = Vault::new(standing());
    let created = vault.create("c").await;
    assert_eq!(
        masked(&created),
        r#"{"id":"https://kv.vault.azure.net/certificates/c/pending","issuer":{"name":"Self"},"csr":"CSR","cancellation_requested":false,"status":"inProgress","status_details":"Pending certificate created. Certificate request is in progress. This may take some time based on the issuer provider. Please check again later.","request_id":"REQUEST"}"#
    );
    let request_id = created.json()["request_id"].as_str().unwrap().to_owned();
    assert_eq!(
        created.header("location"),
        format!(
            "https://kv.vault.azure.net/certificates/c/pending?api-version=2025-07-01&request_id={request_id}"
        )
    );
    assert_eq!(
        masked(&vault.call("GET", "/certificates/c/pending", "").await),
        r#"{"id":"https://kv.vault.azure.net/certificates/c/pending","issuer":{"name":"Self"},"csr":"CSR","cancellation_requested":false,"status":"completed","target":"https://kv.vault.azure.net/certificates/c","request_id":"REQUEST"}"#
    );
    let full = format!("{DOORS},{ATTRIBUTES},{POLICY},{PENDING}");
    let found = vault.call("GET", "/certificates/c/", "").await;
    assert_eq!(masked(&found), format!("{{{full}}}"));
    let version = found.json()["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let by_version = vault.call("GET", &format!("/certificates/c/{version}"), "").await;
    assert_eq!(masked(&by_version), format!("{{{DOORS},{ATTRIBUTES}}}"));

    let dates = r#""recoveryId":"https://kv.vault.azure.net/deletedcertificates/c","deletedDate":1801396800,"scheduledPurgeDate":1809172800"#;
    let deleted = vault.call("DELETE", "/certificates/c", "").await;
    assert_eq!(masked(&deleted), format!("{{{dates},{full}}}"));
    assert_eq!(vault.call("GET", "/deletedcertificates/c", "").await.body, deleted.body);
    let recovered = vault.call("POST", "/deletedcertificates/c/recover", "").await;
    assert_eq!(recovered.body, found.body);
}

/// certificates.md section 2.8.
#[tokio::test]
async fn lists_show_their_own_members() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let version = vault.call("GET", "/certificates/c", "").await.json()["id"].as_str().unwrap().to_owned();
    let attributes = r#""attributes":{"enabled":true,"nbf":1801396200,"exp":1832932800,"created":1801396800,"updated":1801396800}"#;
    let x5t = vault.call("GET", "/certificates/c", "").await.json()["x5t"].as_str().unwrap().to_owned();
    assert_eq!(
        vault.call("GET", "/certificates", "").await.body,
        format!(
            r#"{{"value":[{{"id":"https://kv.vault.azure.net/certificates/c","x5t":"{x5t}",{attributes},"subject":""}}],"nextLink":null}}"#
        )
    );
    assert_eq!(
        vault.call("GET", "/certificates/c/versions", "").await.body,
        format!(
            r#"{{"value":[{{"id":"{version}","x5t":"{x5t}",{attributes},"subject":""}}],"nextLink":null}}"#
        )
    );
    assert_eq!(
        vault.call("GET", "/certificates/nobody/versions", "").await.body,
        r#"{"value":[],"nextLink":null}"#
    );
    vault.call("DELETE", "/certificates/c", "").await;
    assert_eq!(
        vault.call("GET", "/deletedcertificates", "").await.body,
        format!(
            r#"{{"value":[{{"recoveryId":"https://kv.vault.azure.net/deletedcertificates/c","deletedDate":1801396800,"scheduledPurgeDate":1809172800,"id":"https://kv.vault.azure.net/certificates/c","x5t":"{x5t}",{ATTRIBUTES}}}],"nextLink":null}}"#
        )
    );
}

/// certificates.md sections 1.2, 1.3.
#[tokio::test]
async fn headers_are_those_of_the_service() {
    let vault = Vault::new(standing());
    let answer = vault
        .send(
            "GET",
            "/certificates",
            "",
            &[("authorization", "Bearer x"), ("x-ms-client-request-id", "mine")],
        )
        .await;
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("cache-control", "no-cache"),
        ("pragma", "no-cache"),
        ("expires", "-1"),
        ("strict-transport-security", "max-age=31536000;includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("x-ms-keyvault-region", "westus"),
        ("x-ms-keyvault-network-info", "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;"),
        ("x-ms-client-request-id", "mine"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert_eq!(answer.header("x-ms-request-id").len(), 36);
    assert_eq!(vault.call("GET", "/certificates", "").await.header("x-ms-client-request-id"), "");

    vault.create("c").await;
    vault.call("DELETE", "/certificates/c", "").await;
    let purged = vault.call("DELETE", "/deletedcertificates/c", "").await;
    assert_eq!((purged.status, purged.body.as_str(), purged.header("content-type")), (204, "", ""));
}

/// certificates.md section 1.3: the challenge comes before everything else is looked at.
#[tokio::test]
async fn without_a_token_there_is_a_challenge_whatever_is_asked() {
    let vault = Vault::new(standing());
    for (method, path) in [
        ("POST", "/certificates//create"),
        ("GET", "/certificates/a_b"),
        ("PUT", "/nothing"),
        ("GET", "/?api-version=1"),
    ] {
        let answer = vault.send(method, path, "", &[]).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(
            answer.body,
            r#"{"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer, PoP, or MTLS_POP token."}}"#
        );
        assert!(
            answer
                .header("www-authenticate")
                .starts_with("Bearer authorization=\"https://login.microsoftonline.com/"),
            "{answer:?}"
        );
        assert!(
            answer.header("www-authenticate").ends_with("\", resource=\"https://vault.azure.net\""),
            "{answer:?}"
        );
    }
}

/// certificates.md section 6.
#[tokio::test]
async fn old_versions_lack_what_came_later() {
    let vault = Vault::new(standing());
    let body = r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a","sans":{"dns_names":["a"],"uris":["https://a"],"ipAddresses":["::1"]}},"issuer":{"name":"Self"}},"preserveCertOrder":true}"#;
    for (version, days, order, uris) in [
        ("7.0", false, false, false),
        ("7.5", true, false, false),
        ("7.6", true, true, false),
        ("2025-07-01", true, true, true),
    ] {
        let name = version.replace(['.', '-'], "x");
        vault.call("POST", &format!("/certificates/{name}/create?api-version={version}"), body).await;
        let found =
            vault.call("GET", &format!("/certificates/{name}?api-version={version}"), "").await.json();
        assert_eq!(found["attributes"].get("recoverableDays").is_some(), days, "{version}");
        assert_eq!(found.get("preserveCertOrder").is_some(), order, "{version}");
        let sans = &found["policy"]["x509_props"]["sans"];
        assert_eq!(
            (sans.get("uris").is_some(), sans.get("ipAddresses").is_some()),
            (uris, uris),
            "{version}"
        );
    }
}

/// certificates.md section 2.6.
#[tokio::test]
async fn updates_change_what_they_may_and_ignore_the_rest() {
    let vault = Vault::new(standing());
    vault.create("c").await;
    let version =
        vault.call("GET", "/certificates/c", "").await.json()["id"].as_str().unwrap()[26..].to_owned();
    vault.advance(std::time::Duration::from_secs(60));
    let changed = vault
        .call("PATCH", &version, r#"{"attributes":{"enabled":false,"nbf":1,"exp":2,"created":3,"recoveryLevel":"x"},"tags":{"a":"1"}}"#)
        .await
        .json();
    let attributes = &changed["attributes"];
    assert_eq!(
        (attributes["enabled"].as_bool(), attributes["nbf"].as_i64()),
        (Some(false), Some(1_801_396_200))
    );
    assert_eq!(
        (attributes["created"].as_i64(), attributes["updated"].as_i64()),
        (Some(1_801_396_800), Some(1_801_396_860))
    );
    // The latest version shows the operation, but no policy.
    assert!(changed["pending"].is_object() && changed.get("policy").is_none());
    let full = vault.call("PATCH", "/certificates/c/", "{}").await.json();
    assert_eq!((full["tags"]["a"].as_str(), full["policy"].is_object()), (Some("1"), true));
    let cleared = vault.call("PATCH", "/certificates/c", r#"{"tags":{}}"#).await.json();
    assert_eq!(cleared["tags"], serde_json::json!({}));
}

/// keys-and-secrets.md section 2: by name without case, links with their port, no empty last page.
#[tokio::test]
async fn lists_page_in_name_order_and_versions_by_their_digits() {
    let vault = Vault::new(standing()).called("kv.vault.localhost:8443");
    for name in ["b", "A", "a10", "C", "a1"] {
        vault.create(name).await;
    }
    let (mut path, mut seen, mut pages) = ("/certificates?maxresults=2".to_owned(), Vec::new(), 0);
    loop {
        let page = vault.call("GET", &path, "").await.json();
        pages += 1;
        for item in page["value"].as_array().unwrap() {
            seen.push(item["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
        let Some(link) = page["nextLink"].as_str() else { break };
        path = link.strip_prefix("https://kv.vault.localhost:8443").unwrap().replace('$', "%24");
        assert!(path.ends_with("&maxresults=2"), "{path}");
    }
    assert_eq!((seen.join(" ").as_str(), pages), ("A a1 a10 b C", 3));

    for _ in 0..6 {
        vault.create("c").await;
    }
    let page = vault.call("GET", "/certificates/C/versions?maxresults=25", "").await.json();
    let versions: Vec<String> =
        page["value"].as_array().unwrap().iter().map(|v| v["id"].to_string()).collect();
    assert_eq!(versions.len(), 7);
    assert!(versions.is_sorted());
}
