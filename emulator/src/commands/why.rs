//! `akv why`: why a request was refused, in plain words.

use std::process::ExitCode;

use super::{client, print};
use crate::config::WhyArgs;
use crate::journal::{Entry, Event, Request};

/// Answer of `GET /akv/journal`.
#[derive(serde::Deserialize)]
struct Entries {
    entries: Vec<Entry>,
}

/// Carries out the command: the request of that id, or the last one that was refused.
///
/// # Errors
/// One line for people, if there is no emulator or no such request.
pub(super) async fn run(args: &WhyArgs) -> Result<ExitCode, String> {
    let query = args.request_id.map(|id| format!("?request_id={id}")).unwrap_or_default();
    let answer: Entries = client(args.target).get(&format!("/akv/journal{query}")).await?;
    let requests = answer.entries.into_iter().rev().filter_map(|entry| match entry.event {
        Event::Request(request) => Some(request),
        Event::Service(_) | Event::Mail(_) => None,
    });
    let mut asked = requests.filter(|request| args.request_id.is_some() || request.error.is_some());
    let request = asked.next().ok_or_else(|| match args.request_id {
        Some(id) => format!("the journal knows no request {id}; it is the answer's x-ms-request-id"),
        None => "the journal knows no request that was refused".to_owned(),
    })?;
    print(&told(&request))?;
    Ok(ExitCode::SUCCESS)
}

fn told(request: &Request) -> String {
    let Request { method, path, vault, status, request_id, .. } = request;
    let head = format!("{method} {path} of the vault {vault}: {status} (request {request_id})");
    match (&request.error, &request.why) {
        (None, _) => format!("{head}\nIt was carried out."),
        (Some(error), why) => {
            let inner = error.innererror.as_ref().map(|inner| format!(", {inner}")).unwrap_or_default();
            let why = why.as_ref().unwrap_or(&error.message);
            format!("{head}\nerror:  {}{inner}\n{why}", error.code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_its_reason_or_else_its_message() {
        let mut request: Request = serde_json::from_str(
            r#"{"request_id":"00000000-0000-0000-0000-000000000001","vault":"kv","method":"GET","path":"/keys/k",
                "address":"127.0.0.1","status":404,"error":{"code":"KeyNotFound","message":"no key"}}"#,
        )
        .unwrap();
        let head = "GET /keys/k of the vault kv: 404 (request 00000000-0000-0000-0000-000000000001)\n";
        assert_eq!(told(&request), format!("{head}error:  KeyNotFound\nno key"));
        request.why = Some("because".to_owned());
        assert_eq!(told(&request), format!("{head}error:  KeyNotFound\nbecause"));
        request.error = None;
        assert_eq!(told(&request), format!("{head}It was carried out."));
    }
}
