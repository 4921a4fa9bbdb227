//! The examples as programs, told of their vault by nothing but the environment.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

use akv_emulator::{Emulator, Running};

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
async fn quickstart(running: &Running, folder: &tempfile::TempDir, more: &[(&str, &str)]) -> Output {
    let (proxy, bundle) = (running.proxy(), folder.path().join("ca-bundle.pem"));
    let identity = format!("{proxy}/msi/token");
    let mut variables = vec![
        ("HTTPS_PROXY", OsStr::new(&proxy)),
        ("SSL_CERT_FILE", bundle.as_os_str()),
        ("IDENTITY_ENDPOINT", OsStr::new(&identity)),
        ("IDENTITY_HEADER", OsStr::new(&running.published().identity_header)),
        ("KEY_VAULT_NAME", OsStr::new("kv")),
    ];
    variables.extend(more.iter().map(|(name, value)| (*name, OsStr::new(value))));
    tokio::task::block_in_place(|| run(example("quickstart"), &variables))
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
