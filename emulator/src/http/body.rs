//! Request bodies: JSON objects, or refused.

use serde::de::DeserializeOwned;

use crate::error::Error;

/// The body as an object; serde would take an array of members for one, the service does not.
///
/// # Errors
/// 400 for anything else.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::InvalidBody);
    }
    serde_json::from_slice(body).map_err(|_| Error::InvalidBody)
}
