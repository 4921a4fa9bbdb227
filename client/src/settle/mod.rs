//! Operations that answer at once and take effect later: wait until they have.
//!
//! The official clients have a poller for creating a certificate and for nothing else. These are built of the official
//! clients' own methods and `azure_core`'s [`Poller`]. It must not know a family's types.

mod families;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::poller::{
    PollerContinuation, PollerOptions, PollerResult, PollerState, PollerStatus, StatusMonitor,
};
use azure_core::http::{Format, JsonFormat, Poller, RawResponse, Response, StatusCode, Url};
use azure_core::time::Duration;
use azure_core::{Result, Value, json};
use serde::Deserialize;

use crate::situation::ServiceError;

#[cfg(feature = "certificates")]
pub use families::SettleCertificates;
#[cfg(feature = "keys")]
pub use families::SettleKeys;
#[cfg(feature = "secrets")]
pub use families::SettleSecrets;

/// As often as the SDKs of other languages look.
const FREQUENCY: Duration = Duration::seconds(2);

/// How far an operation is; awaiting its [`Poller`] gives a `T`.
///
/// To watch it on the way, poll it as a stream until the status is [`PollerStatus::Succeeded`], then await it.
/// `azure_core` 1.1 panics if the stream is polled to its end before.
#[derive(Clone, Deserialize)]
pub struct Settling<T, F = JsonFormat> {
    /// [`PollerStatus::InProgress`] until it has settled.
    pub status: PollerStatus,
    #[serde(skip, default)]
    output: PhantomData<fn() -> (T, F)>,
}

impl<T, F> fmt::Debug for Settling<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settling").field("status", &self.status).finish_non_exhaustive()
    }
}

impl<T, F: Format + Send> StatusMonitor for Settling<T, F> {
    type Output = T;
    type Format = F;

    fn status(&self) -> PollerStatus {
        self.status.clone()
    }
}

/// What one request found.
enum Found {
    /// Nothing yet.
    NotYet,
    /// It has settled; a later look would show the same.
    Settled(RawResponse),
    /// It has settled as far as this caller may see, and there is nothing to show.
    SettledUnseen,
    /// It is accepted, and takes effect later.
    Accepted(RawResponse),
}

type Request = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Found>> + Send>> + Send + Sync>;

/// A request that can be sent again.
fn request<C, Sent>(
    client: &Arc<C>,
    name: &str,
    send: impl Fn(Arc<C>, String) -> Sent + Send + Sync + 'static,
) -> Request
where
    C: Send + Sync + 'static,
    Sent: Future<Output = Result<Found>> + Send + 'static,
{
    let (client, name) = (Arc::clone(client), name.to_owned());
    Box::new(move || Box::pin(send(Arc::clone(&client), name.clone())))
}

/// The answer to a request for a change: too early is not a refusal.
fn accepted<T, F>(answer: Result<Response<T, F>>) -> Result<Found> {
    match answer {
        Ok(answer) => Ok(Found::Accepted(answer.to_raw_response())),
        Err(error) if ServiceError::from(&error).situation.passes() && is_conflict(&error) => {
            Ok(Found::NotYet)
        }
        Err(error) => Err(error),
    }
}

/// The same for a deletion, which is final at once in a vault without soft delete.
fn deletion<T, F>(answer: Result<Response<T, F>>) -> Result<Found> {
    Ok(match accepted(answer)? {
        Found::Accepted(answer) => {
            let body: Value = json::from_json(answer.body())?;
            if body.get("recoveryId").is_some() { Found::Accepted(answer) } else { Found::Settled(answer) }
        }
        found => found,
    })
}

/// Settled when it is there. Who may not look is not told to wait for ever: the SDKs of other languages end here too.
fn there<T, F>(answer: Result<Response<T, F>>) -> Result<Found> {
    match answer {
        Ok(answer) => Ok(Found::Settled(answer.to_raw_response())),
        Err(error) => match error.http_status() {
            Some(StatusCode::NotFound) => Ok(Found::NotYet),
            Some(StatusCode::Forbidden) => Ok(Found::SettledUnseen),
            _ => Err(error),
        },
    }
}

/// Settled when it is no longer there.
fn gone<T, F>(answer: Result<Response<T, F>>) -> Result<Found> {
    match there(answer)? {
        Found::Settled(_) => Ok(Found::NotYet),
        Found::NotYet | Found::SettledUnseen | Found::Accepted(_) => Ok(Found::SettledUnseen),
    }
}

fn is_conflict(error: &Error) -> bool {
    error.http_status() == Some(StatusCode::Conflict)
}

/// Sends `change` until it is accepted, then `look` until it has settled.
fn settle<T, F>(
    endpoint: &Url,
    options: Option<PollerOptions<'static>>,
    change: Request,
    look: Request,
) -> Result<Poller<Settling<T, F>>>
where
    T: Send + 'static,
    F: Format + Send + 'static,
{
    let options =
        options.unwrap_or_else(|| PollerOptions { frequency: FREQUENCY, ..PollerOptions::default() });
    if options.frequency < Duration::seconds(1) {
        return Err(Error::with_message(ErrorKind::Other, "a poller's frequency is at least one second"));
    }
    let steps = Arc::new(Steps { change, look, answer: OnceLock::new() });
    let continuation = PollerContinuation::Links { next_link: endpoint.clone(), final_link: None };
    let poll = move |_: PollerState, options: PollerOptions<'static>| {
        let (steps, continuation) = (Arc::clone(&steps), continuation.clone());
        let next = async move {
            Ok(match steps.next().await? {
                None => PollerResult::InProgress {
                    response: status("InProgress"),
                    retry_after: options.frequency,
                    continuation,
                },
                Some(answer) => PollerResult::Succeeded {
                    response: status("Succeeded"),
                    target: Box::new(move || Box::pin(async move { Ok(answer.into()) })),
                },
            })
        };
        Box::pin(next) as _
    };
    Ok(Poller::new(poll, Some(options)))
}

/// [`Settling`] as the body that [`Poller`] wants.
fn status<T, F>(word: &str) -> Response<Settling<T, F>> {
    let body = format!(r#"{{"status":"{word}"}}"#);
    RawResponse::from_bytes(StatusCode::Ok, Headers::new(), body).into()
}

struct Steps {
    change: Request,
    look: Request,
    /// The change's own answer, once it is accepted.
    answer: OnceLock<RawResponse>,
}

impl Steps {
    /// The final answer, once there is one.
    async fn next(&self) -> Result<Option<RawResponse>> {
        if self.answer.get().is_none() {
            match (self.change)().await? {
                Found::Accepted(answer) => drop(self.answer.set(answer)),
                Found::Settled(answer) => return Ok(Some(answer)),
                Found::NotYet | Found::SettledUnseen => return Ok(None),
            }
        }
        Ok(match (self.look)().await? {
            Found::Settled(answer) => Some(answer),
            Found::SettledUnseen => self.answer.get().cloned(),
            Found::NotYet | Found::Accepted(_) => None,
        })
    }
}
