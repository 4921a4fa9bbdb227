//! `POST /rng`: random bytes from the hardware of a Managed HSM (keys-and-secrets.md section 4.8).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;

use crate::crypto;
use crate::error::{Error, HsmRefusal};
use crate::http::body::json;
use crate::http::reply::Reply;
use crate::wire::keys::{RandomBytes, RandomBytesRequest};

/// The most bytes that are given at once.
const LIMIT: i64 = 128;

/// How many bytes a request asks for, 1 to 128.
#[derive(Clone, Copy, Debug)]
pub struct Operation(usize);

impl Operation {
    /// Reads a request.
    ///
    /// # Errors
    /// 405 for another method than `POST`, 400 for a body that is none and for another number.
    pub fn route(method: &Method, body: &[u8]) -> Result<Self, Error> {
        if method != Method::POST {
            return Err(Error::MethodNotAllowed(method.to_string()));
        }
        let RandomBytesRequest { count } = json(body)?;
        let count = usize::try_from(count).ok().filter(|_| (1..=LIMIT).contains(&count));
        count.map(Self).ok_or(Error::Hsm(HsmRefusal::RandomByteCount))
    }

    /// Draws the bytes. They are never the seeded generator's: a caller may make keys of them.
    ///
    /// # Errors
    /// If the machine has no entropy to give.
    pub fn run(self) -> Result<Reply, Error> {
        let bytes = crypto::random_bytes::<128>().map_err(|error| Error::Unexpected(error.to_string()))?;
        Reply::ok(&RandomBytes { value: URL_SAFE_NO_PAD.encode(&bytes[..self.0]) })
    }
}
