//! What a program sees of the way to a vault: every way in, and a clear end in seconds where there is none.

use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use akv_client::{Network, Obstacle, Unreachable, Vault};
use akv_emulator::{Emulator, Running};
use akv_tests::vault_over_tls;
use azure_core::credentials::Secret;
use azure_core::http::{ClientOptions, Transport, Url};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use bytes::Bytes;

async fn emulator() -> Running {
    Emulator::builder().offline().start().await.unwrap()
}

fn vault(url: &str, network: Network) -> Vault {
    Vault::builder().url(Url::parse(url).unwrap()).network(network).bearer_token("developer").build().unwrap()
}

/// An unknown certificate is a vault's own answer: the way to it is open.
async fn answers(vault: &Vault) {
    let error = vault.certificates().get_certificate("nobody", None).await.unwrap_err();
    assert_eq!(error.http_status(), Some(azure_core::http::StatusCode::NotFound), "{error}");
}

/// What is in the way, found where the official client left it.
async fn obstacle(vault: &Vault) -> (Obstacle, String) {
    let began = tokio::time::Instant::now();
    let error = vault.certificates().get_certificate("nobody", None).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let mut causes = std::iter::successors(Some(&error as &dyn Error), |&error| error.source());
    let found = causes.find_map(|cause| cause.downcast_ref::<Unreachable>()).expect("an Unreachable");
    (found.obstacle, found.to_string())
}

fn trusting(running: &Running) -> Network {
    Network::new().root_certificates(running.emulator().ca_pem()).patience(Duration::ZERO)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_name_needs_neither_dns_nor_proxy() {
    let running = emulator().await;
    answers(&vault_over_tls(&running, "kv")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn azures_own_name_is_reached_by_proxy_or_by_address_with_its_port() {
    let running = emulator().await;
    let url = "https://kv.vault.azure.net";
    answers(&vault(url, trusting(&running).proxy(&running.proxy()))).await;
    let mapped = trusting(&running).without_proxy().host("*.vault.azure.net", running.address());
    answers(&vault(url, mapped)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_shares_the_way_to_the_vault() {
    let running = emulator().await;
    let network = trusting(&running).proxy(&running.proxy());
    let transport = Some(Transport::new(network.client().unwrap()));
    let client_options = ClientOptions { transport, ..ClientOptions::default() };
    let tenant = running.published().tenant_id.clone();
    let secret = Secret::new("any secret is right");
    let options = ClientSecretCredentialOptions { client_options };
    let credential = ClientSecretCredential::new(
        &tenant,
        "00000000-0000-0000-0000-000000000001".to_owned(),
        secret,
        Some(options),
    )
    .unwrap();
    let url = Url::parse("https://kv.vault.azure.net").unwrap();
    answers(&Vault::builder().url(url).network(network).credential(credential).build().unwrap()).await;
}

/// A host that is no vault's may ask for a token, and gets none: the official clients' check is on.
#[tokio::test]
async fn a_challenge_from_elsewhere_gets_no_token() {
    for (resource, shown) in [("https://vault.azure.net", true), ("https://vault.example.com", false)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let answer = move |request: http::Request<Bytes>| {
            let authorized = request.headers().contains_key("authorization");
            counted.fetch_add(usize::from(authorized), Ordering::Relaxed);
            let challenge = format!(
                r#"Bearer authorization="https://login.microsoftonline.com/t", resource="{resource}""#
            );
            let refused = http::Response::builder().status(401).header("www-authenticate", challenge);
            std::future::ready(refused.body(Bytes::new()).unwrap())
        };
        let url = Url::parse("https://kv.vault.azure.net").unwrap();
        let vault = Vault::builder().url(url).bearer_token("s3cret").answered_by(answer).build().unwrap();
        let error = vault.secrets().get_secret("db", None).await.unwrap_err();
        assert_eq!(asked.load(Ordering::Relaxed) > 0, shown, "{resource}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

/// 81.6 s with the official transport.
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_not_trusted_is_said_at_once() {
    let running = emulator().await;
    let network = Network::new().without_proxy();
    let (obstacle, text) = obstacle(&vault(&running.vault_url("kv"), network)).await;
    assert_eq!(obstacle, Obstacle::Untrusted);
    assert!(text.contains("SSL_CERT_FILE") && text.contains("akv run"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_said_of_vault_and_proxy() {
    let free = |listener: TcpListener| listener.local_addr().unwrap();
    let nobody: SocketAddr = free(TcpListener::bind("127.0.0.1:0").unwrap());
    let direct = Network::new().without_proxy().patience(Duration::ZERO);
    let (found, text) =
        obstacle(&vault(&format!("https://kv.vault.localhost:{}", nobody.port()), direct)).await;
    assert_eq!(found, Obstacle::Refused, "{text}");
    assert!(text.contains("akv serve"), "{text}");
    let proxied = Network::new().proxy(&format!("http://{nobody}")).patience(Duration::ZERO);
    let (found, text) = obstacle(&vault("https://kv.vault.azure.net", proxied)).await;
    assert_eq!(found, Obstacle::Refused, "{text}");
    assert!(text.contains(&format!("nothing listens at {nobody}, the proxy")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_does_not_connect_is_named() {
    let running = emulator().await;
    let (found, text) =
        obstacle(&vault("https://example.org", trusting(&running).proxy(&running.proxy()))).await;
    assert_eq!(found, Obstacle::Proxy, "{text}");
    assert!(text.contains(&running.address().to_string()), "{text}");
}

/// A name below `.invalid` never resolves (RFC 6761).
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host_is_said_with_the_variables_that_name_it() {
    let network = Network::new().without_proxy().patience(Duration::ZERO);
    let (found, text) = obstacle(&vault("https://kv.invalid", network)).await;
    assert_eq!(found, Obstacle::UnknownHost, "{text}");
    assert!(text.contains("KEY_VAULT_NAME"), "{text}");
}
