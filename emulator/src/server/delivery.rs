//! How an answer travels when a fault says so: late, or cut off with the connection.
//!
//! The only place that waits on purpose. An answer without a fault goes through untouched.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Response};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use crate::faults::Delivery;

/// A body that is sent whole, or breaks.
#[derive(Debug)]
pub(super) enum Delivered {
    /// All of it.
    Whole(Full<Bytes>),
    /// What is sent before the connection breaks; `None` once that is gone.
    Cut(Option<Bytes>),
}

impl From<Bytes> for Delivered {
    fn from(body: Bytes) -> Self {
        Self::Whole(Full::new(body))
    }
}

impl Default for Delivered {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

/// A connection that a fault breaks.
#[derive(Debug)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault was set to break the connection")
    }
}

impl std::error::Error for Broken {}

/// The response as it travels.
pub(super) async fn deliver(response: Response<Bytes>) -> Response<Delivered> {
    let Some(&Delivery { delay, reset_after }) = response.extensions().get::<Delivery>() else {
        return response.map(Delivered::from);
    };
    if !delay.is_zero() {
        #[expect(clippy::disallowed_methods, reason = "a fault asked to be kept waiting")]
        tokio::time::sleep(delay).await;
    }
    let Some(bytes) = reset_after else {
        return response.map(Delivered::from);
    };
    let (mut parts, body) = response.into_parts();
    // The whole length is promised, so that the client knows what it misses.
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Delivered::Cut(Some(body.slice(..bytes.min(body.len())))))
}

impl Body for Delivered {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
            Self::Cut(rest) => Poll::Ready(Some(match rest.take().filter(|bytes| !bytes.is_empty()) {
                Some(bytes) => Ok(Frame::data(bytes)),
                None => Err(Broken),
            })),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Cut(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Cut(_) => SizeHint::default(),
        }
    }
}
