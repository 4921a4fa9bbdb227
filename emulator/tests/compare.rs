//! `akv compare` as a program: two emulators that answer alike, one that does not, and what cannot be found out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

use std::process::{Command, Output};

use akv_emulator::Emulator;
use akv_emulator::scenarios::Scenario;

fn akv(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akv"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn akv_compare_says_what_two_emulators_answer_differently() {
    let running = Emulator::builder().offline().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, running.emulator().ca_pem()).unwrap();
    let (url, authority) = (running.vault_url("kv"), authority.to_str().unwrap());
    let compare = |more: &[&str]| {
        let arguments = [&["compare", "--with", &url, "--ca", authority], more].concat();
        tokio::task::block_in_place(|| told(&akv(&arguments, &[])))
    };

    let (code, text) = compare(&[]);
    assert_eq!(code, Some(0), "{text}");
    let scenarios = Scenario::built_in().unwrap();
    for scenario in &scenarios {
        let line = format!("{}: no difference in {} answers", scenario.name, scenario.steps.len());
        assert!(text.contains(&line), "{text}");
    }

    let fault =
        r#"{"on":{"operation":"SecretGet"},"times":1,"do":{"answer":{"status":429,"retry_after":7}}}"#;
    running.emulator().faults().add(serde_json::from_str(fault).unwrap()).unwrap();
    let (code, text) = compare(&["secret"]);
    assert_eq!(code, Some(1), "{text}");
    for line in
        ["secret 1: GET /secrets/{name}", "- status 404", "+ status 429", "+ retry-after: 7", "/error/code"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("x-ms-request-id"), "{text}");
    running.stop().await;
}

#[test]
fn akv_compare_lists_its_scenarios_and_says_what_it_cannot_do() {
    let (code, text) = told(&akv(&["compare", "--list"], &[]));
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.lines().count(), Scenario::built_in().unwrap().len());
    for (arguments, variables, complaint) in [
        (&["--with", "https://kv.invalid", "nothing"][..], &[][..], "--list"),
        (&["--with", "http://kv.vault.azure.net"], &[("AKV_TEST_TOKEN", "t")], "no vault's URL"),
        (&["--with", "https://kv.vault.azure.net"], &[], "AKV_TEST_TOKEN"),
        (&["--with", "https://kv.vault.localhost:1", "challenge"], &[], "cannot be reached"),
    ] {
        let (code, text) = told(&akv(&[&["compare"], arguments].concat(), variables));
        assert!(code == Some(2) && text.contains(complaint), "{arguments:?}: {code:?} {text}");
    }
}
