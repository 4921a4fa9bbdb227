//! The sheets' sections of errors, row by row: each refusal that can be provoked, its whole body compared, from a table
//! for each. Afterwards the vault is as it was: nothing is half-written.
//!
//! A row is a remark with its source, a request `[(circumstance) ]METHOD PATH[ BODY]` and the answer. `@name` is a body
//! that a file here makes, `@/keys/k/backup` a backup made on the way; `{keys/k}` the version of that key, secret or
//! certificate; `{activity}` the id of the request.

mod certificates;
mod keys_and_secrets;

use std::collections::HashMap;
use std::time::Duration;

use akv_emulator::clock::Clock;
use akv_emulator::config::Config;
use akv_emulator::identity::Acceptance;
use akv_emulator::timestamp::Timestamp;
use akv_emulator::vault::Settings;
use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Method, path and body.
type Request = (&'static str, &'static str, &'static str);

/// What brings a vault's objects, and a pool's (`pool/keys/..`), into the states that the rows name them for: requests, a
/// second between each list. Every step takes one.
type States = [&'static [Request]; 3];

/// A section of a sheet.
struct Section {
    rows: &'static str,
    states: States,
    /// Everything that must be as it was when all has been refused.
    lists: &'static [&'static str],
}

/// A vault with an object in each state, the version of each, and the backups that were made on the way by their paths.
struct Prepared {
    vault: Vault,
    versions: HashMap<String, String>,
    backups: HashMap<&'static str, String>,
}

impl Prepared {
    async fn new(states: States, config: Config) -> Self {
        let timing = "custom:issue=1s,cancel=1s,delete=1s,recover=1s,purge=1s".parse().unwrap();
        let vault = Vault::new(Config { timing, ..config });
        let (mut versions, mut backups) = (HashMap::new(), HashMap::new());
        for (second, requests) in states.into_iter().enumerate() {
            vault.advance(Duration::from_secs(u64::from(second > 0)));
            for (method, path, body) in requests {
                let answer = call(&vault, method, path, body).await;
                assert!(answer.status < 300, "{method} {path}: {answer:?}");
                let json = answer.json();
                if path.ends_with("/backup") {
                    backups.insert(*path, answer.body);
                }
                let id = json["id"].as_str().or(json["key"]["kid"].as_str()).unwrap_or_default();
                if let [_, _, host, family, name, version] = id.split('/').collect::<Vec<_>>()[..] {
                    let place = if host == POOL { "pool/" } else { "" };
                    versions.insert(format!("{{{place}{family}/{name}}}"), version.to_owned());
                }
            }
        }
        Self { vault, versions, backups }
    }

    fn filled(&self, text: &str) -> String {
        self.versions.iter().fold(text.to_owned(), |text, (name, version)| text.replace(name, version))
    }

    /// The body that a row calls by name, or has as it stands.
    fn body<'a>(&'a self, written: &'a str, bodies: &'a HashMap<&str, String>) -> &'a str {
        let named = |name| bodies.get(name).or(self.backups.get(name)).unwrap().as_str();
        written.strip_prefix('@').map_or(written, named)
    }

    /// A token of the emulator's login authority.
    fn token(&self, resource: &str, now: Timestamp) -> String {
        let app = Uuid::from_u128(7);
        self.vault.service().state().identity.token_for(app, resource, now).unwrap()
    }
}

const VAULT: &str = "https://vault.azure.net";
const CHALLENGE: &str = "Bearer authorization=\"https://login.microsoftonline.com/";
const POOL: &str = "hsm.managedhsm.azure.net";
const TENANT: Uuid = Uuid::from_u128(1);

fn yesterday() -> Timestamp {
    Timestamp::from_seconds(Clock::wall().seconds() - 86_400)
}

/// The pool's answer for a path that begins with `pool`, else the vault's.
async fn call(vault: &Vault, method: &str, path: &str, body: &str) -> Answer {
    match path.strip_prefix("pool") {
        Some(path) => vault.beside(POOL).call(method, path, body).await,
        None => vault.call(method, path, body).await,
    }
}

/// A token that says of itself what it should not.
fn forged(key: &str, tenant: &str) -> String {
    let segments = [
        format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{key}"}}"#),
        format!(r#"{{"iss":"https://sts.windows.net/{tenant}/","aud":"{VAULT}"}}"#),
        "signature".to_owned(),
    ];
    segments.map(|segment| URL_SAFE_NO_PAD.encode(segment)).join(".")
}

impl Section {
    /// Carries out a row's request in its circumstance: the vault, the host and the login, if they are others.
    async fn request(&self, usual: &Prepared, line: &str, bodies: &HashMap<&str, String>) -> Answer {
        let (circumstance, line) = match line.strip_prefix('(') {
            Some(rest) => rest.split_once(") ").unwrap(),
            None => ("", line),
        };
        let mut parts = line.splitn(3, ' ');
        let (method, path) = (parts.next().unwrap(), usual.filled(parts.next().unwrap()));
        let body = usual.filled(parts.next().unwrap_or_default());
        let written = body.as_str();
        let body = usual.body(written, bodies);
        let strict = || Prepared {
            vault: Vault::new(Config { acceptance: Acceptance::Strict, tenant: TENANT, ..standing() }),
            versions: HashMap::new(),
            backups: HashMap::new(),
        };
        let send = async |there: &Prepared, token: &str| {
            let bearer = format!("Bearer {token}");
            there.vault.send(method, &path, body, &[("authorization", &bearer)]).await
        };
        match circumstance {
            "" => usual.vault.call(method, &path, body).await,
            "no token" => usual.vault.send(method, &path, body, &[]).await,
            "token of yesterday" => send(usual, &usual.token(VAULT, yesterday())).await,
            "token of another tenant" => {
                send(&strict(), &forged("1", "11111111-2222-3333-4444-555555555555")).await
            }
            "token by another key" => send(&strict(), &forged("1", &TENANT.to_string())).await,
            "token that is none" => send(&strict(), "token").await,
            "purge protection" => {
                let settings = Settings { purge_protection: true, ..Settings::default() };
                let there = Prepared::new(self.states, Config { settings, ..standing() }).await;
                there.vault.call(method, &path, body).await
            }
            "just purged" => {
                let there = Prepared::new(self.states, standing()).await;
                for deleted in ["/deletedsecrets/purged", "/deletedkeys/purged"] {
                    assert_eq!(there.vault.call("DELETE", deleted, "").await.status, 204);
                }
                there.vault.call(method, &path, there.body(written, bodies)).await
            }
            "pool" => usual.vault.beside(POOL).call(method, &path, body).await,
            "no token, pool" => usual.vault.beside(POOL).send(method, &path, body, &[]).await,
            "too many" => {
                let there = Vault::new(standing());
                let throttle = serde_json::from_str(r#"{"do":{"answer":{"status":429}}}"#).unwrap();
                there.emulator().faults().add(throttle).unwrap();
                there.call(method, &path, body).await
            }
            other => {
                let resource = other.strip_prefix("token for ").expect("a circumstance");
                send(usual, &usual.token(resource, Clock::wall())).await
            }
        }
    }

    /// Provokes every row.
    async fn is_answered(&self, prepared: Prepared, bodies: HashMap<&str, String>) {
        let everything = async || {
            let mut all = Vec::new();
            for path in self.lists {
                all.push((path, call(&prepared.vault, "GET", path, "").await.body));
            }
            all
        };
        let before = everything().await;
        let mut wrong = Vec::new();
        for row in self.rows.split("\n\n") {
            let lines: Vec<&str> = row.lines().filter(|line| !line.starts_with('#')).collect();
            let [line, expected] = lines.as_slice() else {
                assert_eq!(lines, Vec::<&str>::new(), "a row is a remark, a request and an answer");
                continue;
            };
            let answer = self.request(&prepared, line, &bodies).await;
            let found = format!("{} {}", answer.status, answer.body).trim_end().to_owned();
            let expected = prepared.filled(expected).replace("{activity}", answer.header("x-ms-request-id"));
            if found != expected {
                wrong.push(format!("{row}\n  but it was {found}"));
            }
            // Whatever is wrong with a token, the answer says where to get one (keys-and-secrets.md section 5, E-401).
            assert_eq!(
                answer.header("www-authenticate").starts_with(CHALLENGE),
                answer.status == 401,
                "{row}\n{answer:?}"
            );
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(everything().await, before);
    }
}
