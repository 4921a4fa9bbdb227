//! Faults at the edge: what was set to happen to a request, carried out on its answer.
//!
//! Which faults strike is decided by [`crate::faults`]; waiting and breaking the connection are left to whoever carries
//! the response.

use http::{Method, StatusCode};

use crate::chance::Chance;
use crate::error::{Error, Family};
use crate::faults::{Delivery, Faults, Injected, Shown, Strike, Struck};
use crate::http::reply::Reply;
use crate::identity::tokens::Caller;
use crate::timestamp::Timestamp;
use crate::wire::{ErrorBody, ErrorDetail};

/// A request that faults may strike.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// The vault's name.
    pub vault: &'a str,
    /// The operation's name in Azure's audit log.
    pub operation: &'static str,
    /// Who asks.
    pub caller: &'a Caller,
    /// HTTP method.
    pub method: &'a Method,
    /// Path segments.
    pub segments: &'a [&'a str],
    /// Path and query.
    pub path: &'a str,
    /// The vaults' time.
    pub now: Timestamp,
}

/// What happens to one request.
#[derive(Debug)]
pub(super) struct Disturbance<'a> {
    faults: &'a Faults,
    request: &'a Request<'a>,
    strike: Strike,
}

impl<'a> Disturbance<'a> {
    /// What the faults that are set do to `request`.
    pub(super) fn of(faults: &'a Faults, request: &'a Request<'a>, draw: &Chance) -> Self {
        let struck = Struck {
            vault: request.vault,
            operation: request.operation,
            object: request.object(),
            caller: [Some(request.caller.object_id), Some(request.caller.app_id)],
        };
        let strike = faults.strike(&struck, || draw.percent());
        Self { faults, request, strike }
    }

    /// How the answer travels.
    pub(super) const fn delivery(&self) -> Delivery {
        self.strike.delivery
    }

    /// What is answered without the request being carried out.
    pub(super) fn answer(&self) -> Option<Result<Reply, Error>> {
        if let Some(injected) = &self.strike.answer {
            return Some(refusal(injected));
        }
        let (lag, object) = (self.strike.stale?, self.request.object()?);
        if *self.request.method != Method::GET {
            return None;
        }
        let Request { vault, path, now, .. } = *self.request;
        match self.faults.stale().show(vault, object, path, lag, now) {
            Shown::Present => None,
            Shown::Past(body, version) => {
                let reply = Reply { status: StatusCode::OK, version, ..Reply::no_content() };
                Some(Ok(Reply { body: Some(body.to_vec()), ..reply }))
            }
            Shown::Absent => Some(Err(Error::NotFound(self.request.family(), object.to_owned()))),
        }
    }

    /// Remembers what stale reads will need of how the request ended.
    pub(super) fn ended(&self, result: &Result<Reply, Error>) {
        let (Some(_), Some(object), Ok(reply)) = (self.strike.stale, self.request.object(), result) else {
            return;
        };
        let Request { vault, path, now, .. } = *self.request;
        match &reply.body {
            Some(body) if *self.request.method == Method::GET => {
                self.faults.stale().remember(vault, object, path, body, reply.version);
            }
            _ if self.request.writes() => self.faults.stale().wrote(vault, object, now),
            _ => {}
        }
    }
}

impl Request<'_> {
    /// The name of the object that it is about.
    fn object(&self) -> Option<&str> {
        self.segments.get(1).copied()
    }

    fn family(&self) -> Family {
        match self.segments.first() {
            Some(&("secrets" | "deletedsecrets")) => Family::Secret,
            Some(&("keys" | "deletedkeys")) => Family::Key,
            _ => Family::Certificate,
        }
    }

    /// Whether it changes its object: to use a key is no change.
    fn writes(&self) -> bool {
        const USES: [&str; 6] = ["KeyEncrypt", "KeyDecrypt", "KeySign", "KeyVerify", "KeyWrap", "KeyUnwrap"];
        *self.method != Method::GET && !USES.contains(&self.operation)
    }
}

/// A refusal in Azure's form: in Azure's words where they are known, in our own where the fault has none.
fn refusal(injected: &Injected) -> Result<Reply, Error> {
    let status = StatusCode::from_u16(injected.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let throttled = Error::Throttled.answer();
    let (code, message) = if injected.status == throttled.status {
        (throttled.code.to_owned(), throttled.message.into_owned())
    } else {
        let code = status.canonical_reason().unwrap_or("Fault").replace(' ', "");
        (code, "akv: a fault was set for this request.".to_owned())
    };
    let body = ErrorBody {
        error: ErrorDetail {
            code: injected.code.as_deref().unwrap_or(&code),
            message: injected.message.as_deref().unwrap_or(&message),
            innererror: None,
        },
    };
    Ok(Reply { status, retry_after: injected.retry_after, ..Reply::ok(&body)? })
}
