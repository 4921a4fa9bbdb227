//! The emulator's scenarios on every target: in the process, over TLS, and a real vault where `AKV_TEST_VAULT_URL` names
//! one.

use std::io::Write;

use akv_emulator::scenarios::{Remote, Scenario, Target, credential, difference, play};
use akv_emulator::{Emulator, Running};

/// Every answer is as its step says.
async fn as_described(target: &Target) {
    let (mut complaints, run) = (Vec::new(), uuid::Uuid::from_u128(rand()).simple());
    for scenario in Scenario::built_in().unwrap() {
        let heard = play(&scenario, target, &format!("akv-{run}")).await.unwrap();
        assert_eq!(heard.len(), scenario.steps.len());
        let of = scenario.steps.iter().zip(&heard).filter_map(|(step, heard)| heard.complaint(step));
        complaints.extend(of.map(|complaint| format!("{}: {complaint}", scenario.name)));
    }
    assert!(complaints.is_empty(), "{}\n{}", target.host(), complaints.join("\n"));
}

/// Names that no other run has used on a vault that outlives it.
fn rand() -> u128 {
    akv_emulator::chance::Chance::from_entropy().unwrap().uuid().as_u128()
}

fn of(running: &Running, vault: &str, token: &str) -> Remote {
    let authority = running.emulator().ca_pem();
    Remote::new(&running.vault_url(vault), token.to_owned(), Some(authority.as_bytes())).unwrap()
}

async fn emulator() -> Running {
    Emulator::builder().offline().start().await.unwrap()
}

#[tokio::test]
async fn every_scenario_goes_as_described_in_the_process() {
    let emulator = Emulator::builder().build().unwrap();
    as_described(&Target::InProcess(emulator.vault())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_goes_as_described_over_tls() {
    let running = emulator().await;
    let own = running.vault();
    as_described(&Target::Remote(of(&running, own.name(), own.token()))).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_goes_as_described_on_azure() {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests names the vault")]
    let Ok(url) = std::env::var("AKV_TEST_VAULT_URL") else {
        // Past the capture of a test's output: a skip that nobody sees is a pass.
        let mut stderr = std::io::stderr();
        writeln!(
            stderr,
            "SKIPPED scenarios on Azure: set AKV_TEST_VAULT_URL and AKV_TEST_TOKEN, or log in with az"
        )
        .unwrap();
        return;
    };
    let token = credential(&url).await.unwrap();
    as_described(&Target::Remote(Remote::new(&url, token, None).unwrap())).await;
}

/// The same answers in the process and over TLS, header by header and member by member.
#[tokio::test(flavor = "multi_thread")]
async fn two_ways_into_an_emulator_answer_alike() {
    let (running, emulator) = (emulator().await, Emulator::builder().build().unwrap());
    let near = Target::InProcess(emulator.vault());
    let far = Target::Remote(of(&running, "kv", "developer"));
    for scenario in Scenario::built_in().unwrap() {
        let one = play(&scenario, &near, "akv-same").await.unwrap();
        let other = play(&scenario, &far, "akv-same").await.unwrap();
        assert_eq!(difference(&scenario, (&one, near.host()), (&other, far.host())), None);
    }
    running.stop().await;
}
