//! Plays a scenario on a target.
//!
//! It must not judge: what was heard is handed back as it was, beside the step that asked for it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Request, Response};
use serde_json::Value;

use super::{Remote, Scenario, Step};
use crate::own_vault::OwnVault;

/// The version of the service's interface that steps use unless they name another.
const API_VERSION: &str = "2025-07-01";
/// How often a step that settles is asked again.
const ATTEMPTS: usize = 120;
/// How long to wait in between.
const PAUSE: Duration = Duration::from_secs(1);

/// A vault that scenarios are played on.
#[derive(Debug)]
pub enum Target {
    /// In this process.
    InProcess(OwnVault),
    /// Anywhere, over TLS.
    Remote(Remote),
}

impl Target {
    /// Its host, with the port if the URL has one.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            Self::InProcess(vault) => vault.url().trim_start_matches("https://"),
            Self::Remote(remote) => remote.host(),
        }
    }

    fn token(&self) -> &str {
        match self {
            Self::InProcess(vault) => vault.token(),
            Self::Remote(remote) => remote.token(),
        }
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        match self {
            Self::InProcess(vault) => Ok(vault.answers()(request).await),
            Self::Remote(remote) => remote.send(request).await,
        }
    }

    /// Gives what takes time the time it takes.
    async fn wait(&self) {
        if let Self::Remote(_) = self {
            #[expect(clippy::disallowed_methods, reason = "a vault elsewhere has its own time")]
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What was heard of one step.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What stood for the placeholders.
    pub names: BTreeMap<String, String>,
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Heard {
    /// What is not as the step says; `None` if nothing is.
    #[must_use]
    pub fn complaint(&self, step: &Step) -> Option<String> {
        let found = (self.status, step.code.as_ref().and(self.code()));
        let wanted = (step.status, step.code.clone());
        let body = String::from_utf8_lossy(&self.body);
        if found != wanted {
            return Some(format!("{}: {wanted:?} was wanted, {found:?} came: {body}", step.request));
        }
        let has = step.has.as_ref()?;
        let missing = self.json().pointer(has).is_none();
        missing.then(|| format!("{}: there is no {has} in {body}", step.request))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The error's inner code, or its code.
    fn code(&self) -> Option<String> {
        let body = self.json();
        let code = body.pointer("/error/innererror/code").or_else(|| body.pointer("/error/code"))?;
        code.as_str().map(str::to_owned)
    }
}

/// Plays `scenario` on `target`, its objects named `name`. Goes on after an answer that was not wanted, so that what was
/// made is taken away again.
///
/// # Errors
/// If the target cannot be reached.
pub async fn play(scenario: &Scenario, target: &Target, name: &str) -> Result<Vec<Heard>, String> {
    let mut names = BTreeMap::from([("name".to_owned(), name.to_owned())]);
    let mut all = Vec::with_capacity(scenario.steps.len());
    for step in &scenario.steps {
        let heard = settled(step, target, &names).await?;
        let body = heard.json();
        for (key, pointer) in &step.keep {
            if let Some(found) = body.pointer(pointer).and_then(Value::as_str) {
                names.insert(key.clone(), found.rsplit('/').next().unwrap_or(found).to_owned());
            }
        }
        all.push(Heard { names: names.clone(), ..heard });
    }
    Ok(all)
}

/// The answer to a step; where it settles, the first that is as described or else the last.
async fn settled(step: &Step, target: &Target, names: &BTreeMap<String, String>) -> Result<Heard, String> {
    let mut heard = ask(step, target, names).await?;
    let mut attempts = 1;
    while step.settles && attempts < ATTEMPTS && heard.complaint(step).is_some() {
        target.wait().await;
        heard = ask(step, target, names).await?;
        attempts += 1;
    }
    Ok(heard)
}

async fn ask(step: &Step, target: &Target, names: &BTreeMap<String, String>) -> Result<Heard, String> {
    let (method, path) = step.request.split_once(' ').unwrap_or(("GET", &step.request));
    let mut path = filled(path, names);
    if !path.contains("api-version") {
        path = format!("{path}{}api-version={API_VERSION}", if path.contains('?') { '&' } else { '?' });
    }
    let mut request = Request::builder().method(method).uri(&path).header(HOST, target.host());
    if !step.anonymous {
        request = request.header(AUTHORIZATION, format!("Bearer {}", target.token()));
    }
    if step.body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let body = step.body.as_ref().map_or_else(String::new, |body| filled(body, names));
    let request = request.body(Bytes::from(body)).map_err(|error| format!("{}: {error}", step.request))?;
    let (head, body) = target.send(request).await?.into_parts();
    Ok(Heard { names: names.clone(), status: head.status.as_u16(), headers: head.headers, body })
}

/// A text with its placeholders replaced.
fn filled(text: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (key, value)| text.replace(&format!("{{{key}}}"), value))
}
