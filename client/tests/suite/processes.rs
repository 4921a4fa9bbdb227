//! The examples as programs, told of their vault by nothing but the environment.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use akv_client::Network;
use akv_emulator::{Emulator, Running};
use akv_tests::vault_over_tls;
use azure_core::base64::encode;
use azure_core::http::{Method, Request, Url};

/// What cargo built beside this test.
fn example(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built: cargo build -p akv-client --examples", path.display());
    path
}

/// Runs a program with these variables and no others.
fn run(program: PathBuf, variables: &[(&str, &OsStr)]) -> Output {
    Command::new(program).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn emulator(folder: &tempfile::TempDir) -> Running {
    Emulator::builder().offline().data_dir(folder.path()).start().await.unwrap()
}

/// What `akv env` sets, as far as a Rust program reads it.
fn environment(running: &Running, folder: &tempfile::TempDir) -> [(&'static str, OsString); 5] {
    let (proxy, bundle) = (running.proxy(), folder.path().join("ca-bundle.pem"));
    [
        ("SSL_CERT_FILE", bundle.into()),
        ("IDENTITY_ENDPOINT", format!("{proxy}/msi/token").into()),
        ("IDENTITY_HEADER", running.published().identity_header.clone().into()),
        ("HTTPS_PROXY", proxy.into()),
        ("KEY_VAULT_NAME", "kv".into()),
    ]
}

async fn quickstart(running: &Running, folder: &tempfile::TempDir, more: &[(&str, &str)]) -> Output {
    let environment = environment(running, folder);
    let mut variables: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    variables.extend(more.iter().map(|(name, value)| (*name, OsStr::new(value))));
    tokio::task::block_in_place(|| run(example("quickstart"), &variables))
}

/// A program that ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill().and_then(|()| self.0.wait()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_https_server_serves_the_vaults_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let running = emulator(&folder).await;
    let mut server = Command::new(example("https_server"));
    server.env_clear().envs(environment(&running, &folder)).args(["web", "127.0.0.1:0"]);
    let mut server = Serving(server.stderr(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let mut said = BufReader::new(server.0.stderr.take().unwrap());
    tokio::task::block_in_place(|| said.read_line(&mut line)).unwrap();
    let (url, version) = line.trim().split_once(" with version ").unwrap_or_else(|| panic!("{line}"));

    let url = Url::parse(&url.replace("127.0.0.1", "localhost")).unwrap();
    let web = vault_over_tls(&running, "kv").download_certificate("web", None).await.unwrap();
    assert_eq!(web.version, version);
    let root = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", encode(&web.chain[0]));
    let client = Network::new().root_certificates(root).without_proxy().client().unwrap();
    let answer = client.execute_request(&Request::new(url, Method::Get)).await.unwrap();
    let body = answer.try_into_raw_response().await.unwrap().into_body();
    assert!(body.into_string().unwrap().contains(version));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_runs_by_the_environment_alone_however_often() {
    let folder = tempfile::tempdir().unwrap();
    let running = emulator(&folder).await;
    for outcome in ["Created", "Recovered"] {
        let output = quickstart(&running, &folder, &[]).await;
        assert!(output.status.success(), "{}", text(&output));
        assert!(text(&output).starts_with(outcome), "{}", text(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_is_not_there_ends_the_quickstart_in_seconds_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let running = emulator(&folder).await;
    let other = folder.path().join("other.pem");
    std::fs::write(&other, Emulator::builder().build().unwrap().ca_pem()).unwrap();
    let untrusting = [("SSL_CERT_FILE", other.to_str().unwrap())];
    let began = tokio::time::Instant::now();
    let output = quickstart(&running, &folder, &untrusting).await;
    assert!(!output.status.success() && began.elapsed() < std::time::Duration::from_secs(5));
    assert!(text(&output).contains("an authority that is not trusted here"), "{}", text(&output));
}

#[test]
fn the_readme_shows_the_quickstart_that_runs() {
    let readme = include_str!("../../README.md");
    let (_, program) = include_str!("../../examples/quickstart.rs").split_once("\n\n").unwrap();
    assert!(readme.contains(program), "client/README.md does not show client/examples/quickstart.rs");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_and_a_local_url_do_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let running = emulator(&folder).await;
    let url = running.vault_url("other");
    let tenant = running.published().tenant_id.clone();
    let application = [
        ("AZURE_KEYVAULT_URL", url.as_str()),
        ("AZURE_TENANT_ID", &tenant),
        ("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000001"),
        ("AZURE_CLIENT_SECRET", "any"),
    ];
    let output = quickstart(&running, &folder, &application).await;
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("other.vault.localhost"), "{}", text(&output));
}

/// With or without the feature that takes it, it is not passed over.
#[test]
fn an_applications_certificate_that_cannot_be_used_is_said() {
    let variables = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH", "KEY_VAULT_NAME"];
    let output = run(example("quickstart"), &variables.map(|name| (name, OsStr::new("x"))));
    let said = text(&output);
    assert!(!output.status.success() && said.contains("AZURE_CLIENT_CERTIFICATE_PATH"), "{said}");
}

#[test]
fn without_a_vault_the_quickstart_says_what_to_set() {
    let output = run(example("quickstart"), &[]);
    assert!(!output.status.success());
    assert!(
        text(&output).contains("akv run") && text(&output).contains("KEY_VAULT_NAME"),
        "{}",
        text(&output)
    );
}
