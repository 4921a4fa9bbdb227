//! Enough identity for `DefaultAzureCredential()` with no argument. Source: identity-and-control-plane.md sections 4
//! to 6.

use akv_emulator::config::Config;
use akv_emulator::identity::{Acceptance, InstanceMetadata};
use akv_tests::{Answer, Vault, standing};

const APP: &str = "11111111-2222-3333-4444-555555555555";
const VAULT: &str = "https://vault.azure.net";

fn strict() -> Config {
    Config { acceptance: Acceptance::Strict, ..standing() }
}

fn tenant() -> String {
    akv_emulator::identity::DEFAULT_TENANT.to_string()
}

/// The same emulator at the login authority's host, and back at its vault.
async fn token(vault: Vault, form: &str) -> (Vault, Answer) {
    let login = vault.called("login.microsoftonline.com");
    let answer = login.send("POST", &format!("/{}/oauth2/v2.0/token", tenant()), form, &[]).await;
    (login.called("kv.vault.azure.net"), answer)
}

async fn open(vault: &Vault, token: &str) -> Answer {
    vault.send("GET", "/certificates", "", &[("authorization", &format!("Bearer {token}"))]).await
}

/// Section 5: a client secret, and a federated assertion, each get a token that opens the vault even when it is strict.
#[tokio::test]
async fn an_application_gets_a_token_that_opens_a_strict_vault() {
    for proof in [
        "client_secret=s",
        "client_assertion=e30.e30.c2ln&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
    ] {
        let form = format!(
            "grant_type=client_credentials&client_id={APP}&{proof}&scope=https%3A%2F%2Fvault.azure.net%2F.default"
        );
        let (vault, answer) = token(Vault::new(strict()), &form).await;
        let answer = answer.json();
        assert_eq!(
            (answer["token_type"].as_str(), answer["expires_in"].as_i64()),
            (Some("Bearer"), Some(3599))
        );
        assert_eq!(open(&vault, answer["access_token"].as_str().unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_for_another_resource_does_not() {
    let form = format!(
        "grant_type=client_credentials&client_id={APP}&client_secret=s&resource=https://management.azure.com/"
    );
    let (vault, answer) = token(Vault::new(standing()), &form).await;
    let refused = open(&vault, answer.json()["access_token"].as_str().unwrap()).await;
    assert_eq!(
        (refused.status, refused.json()["error"]["message"].as_str()),
        (
            401,
            Some(
                "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com/."
            )
        )
    );
    assert!(refused.header("www-authenticate").starts_with("Bearer "), "every 401 carries the challenge");
}

#[tokio::test]
async fn strict_refuses_what_lenient_takes_for_the_developer() {
    assert_eq!(open(&Vault::new(standing()), "anything").await.status, 200);
    assert_eq!(open(&Vault::new(strict()), "anything").await.status, 401);
}

/// Entra's codes for bad requests; nothing is issued.
#[tokio::test]
async fn a_bad_token_request_gets_entras_code_and_no_token() {
    let scope = "scope=https://vault.azure.net/.default";
    for (form, status, error, number) in [
        (
            String::new(),
            400,
            "invalid_request",
            "AADSTS900144: The request body must contain the following parameter: 'grant_type'.",
        ),
        (format!("grant_type=guess&client_id={APP}"), 400, "unsupported_grant_type", "AADSTS70003:"),
        (
            format!("grant_type=client_credentials&client_secret=s&{scope}"),
            400,
            "invalid_request",
            "'client_id'",
        ),
        (
            format!("grant_type=client_credentials&client_id=app&client_secret=s&{scope}"),
            400,
            "unauthorized_client",
            "AADSTS700016:",
        ),
        (
            format!("grant_type=client_credentials&client_id={APP}&{scope}"),
            401,
            "invalid_client",
            "AADSTS7000216:",
        ),
        (
            format!("grant_type=client_credentials&client_id={APP}&client_secret=s"),
            400,
            "invalid_request",
            "'scope'",
        ),
        (
            format!("grant_type=client_credentials&client_id={APP}&client_secret=s&scope=openid"),
            400,
            "invalid_scope",
            "AADSTS70011:",
        ),
    ] {
        let answer = token(Vault::new(standing()), &form).await.1;
        let json = answer.json();
        assert_eq!((answer.status, json["error"].as_str()), (status, Some(error)), "{form}");
        assert!(json["error_description"].as_str().unwrap().contains(number), "{form}: {json}");
        assert_eq!(json.get("access_token"), None);
    }
    let login = Vault::new(standing()).called("login.microsoftonline.com");
    let elsewhere = format!("/{APP}/oauth2/v2.0/token");
    let answer = login.send("POST", &elsewhere, "grant_type=client_credentials", &[]).await;
    assert!(answer.body.contains("AADSTS90002"), "{answer:?}");
}

/// Section 4.2: endpoints are built from where the caller is, and a domain resolves to the tenant.
#[tokio::test]
async fn discovery_leads_to_the_token_endpoint_and_the_keys() {
    let tenant = tenant();
    for (host, url) in [
        ("login.microsoftonline.com", "https://login.microsoftonline.com"),
        ("localhost:8443", "https://localhost:8443"),
    ] {
        let login = Vault::new(standing()).called(host);
        let found =
            login.send("GET", "/contoso.com/v2.0/.well-known/openid-configuration", "", &[]).await.json();
        assert_eq!(found["token_endpoint"], format!("{url}/{tenant}/oauth2/v2.0/token"));
        let keys = found["jwks_uri"].as_str().unwrap().strip_prefix(url).unwrap().to_owned();
        let keys = login.send("GET", &keys, "", &[]).await.json();
        assert_eq!(
            (keys["keys"][0]["kty"].as_str(), keys["keys"][0]["e"].as_str()),
            (Some("RSA"), Some("AQAB"))
        );
        let instances = login.send("GET", "/common/discovery/instance", "", &[]).await.json();
        assert!(instances["metadata"][0]["aliases"].as_array().unwrap().len() > 2);
    }
}

/// Section 5, App Service: plain http, no discovery; the header is the proof.
#[tokio::test]
async fn the_app_service_endpoint_asks_for_its_header() {
    let local = Vault::new(strict()).called("127.0.0.1:8443");
    let header =
        local.send("GET", "/akv/info", "", &[]).await.json()["identity_header"].as_str().unwrap().to_owned();
    let path = format!("/msi/token?api-version=2019-08-01&resource={VAULT}");
    assert_eq!(local.send("GET", &path, "", &[]).await.status, 401);
    assert_eq!(local.send("GET", &path, "", &[("x-identity-header", "wrong")]).await.status, 401);
    let answer = local.send("GET", &path, "", &[("x-identity-header", &header)]).await.json();
    assert!(answer["expires_on"].as_str().unwrap().parse::<i64>().is_ok());
    let vault = local.called("kv.vault.azure.net");
    assert_eq!(open(&vault, answer["access_token"].as_str().unwrap()).await.status, 200);
}

/// Section 5, "IMDS trap": off by default in the words that every SDK takes for "not an Azure VM"; on where asked.
#[tokio::test]
async fn instance_metadata_answers_only_where_it_is_meant() {
    let path = format!("/metadata/identity/oauth2/token/?api-version=2018-02-01&resource={VAULT}");
    let metadata = [("metadata", "true")];
    let off = Vault::new(standing()).called("169.254.169.254").send("GET", &path, "", &metadata).await;
    assert_eq!((off.status, off.body.contains("unreachable")), (403, true));
    let on = Config { instance_metadata: InstanceMetadata::Served, ..standing() };
    for vault in [Vault::new(on).called("169.254.169.254"), Vault::new(standing()).called("localhost:8443")] {
        // The probe has no header and expects a quick 400.
        assert_eq!(vault.send("GET", &path, "", &[]).await.status, 400);
        let answer = vault.send("GET", &path, "", &metadata).await;
        assert_eq!((answer.status, answer.json()["resource"].as_str()), (200, Some(VAULT)));
    }
}

/// Section 6, CAE: on demand, a token of before is refused with the claims that another must have; a new one opens.
#[tokio::test]
async fn a_revoked_session_is_asked_for_a_newer_token() {
    let form = format!(
        "grant_type=client_credentials&client_id={APP}&client_secret=s&scope=https://vault.azure.net/.default"
    );
    let (vault, old) = token(Vault::new(strict()), &form).await;
    let old = old.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(open(&vault, &old).await.status, 200);
    let local = vault.called("127.0.0.1:8443");
    assert_eq!(local.send("POST", "/akv/claims-challenge", "", &[]).await.status, 200);
    let vault = local.called("kv.vault.azure.net");
    let refused = open(&vault, &old).await;
    let challenge = refused.header("www-authenticate").to_owned();
    assert_eq!(refused.status, 401);
    assert!(challenge.contains(", error=\"insufficient_claims\", claims=\"ey"), "{challenge}");
    let (vault, new) = token(vault, &form).await;
    assert_eq!(open(&vault, new.json()["access_token"].as_str().unwrap()).await.status, 200);
    let local = vault.called("127.0.0.1:8443");
    local.send("DELETE", "/akv/claims-challenge", "", &[]).await;
    assert_eq!(open(&local.called("kv.vault.azure.net"), &old).await.status, 200);
}
