//! An error in words for a person, at the end of a program.

use std::error::Error;
use std::process::ExitCode;

use crate::situation::ServiceError;

/// What went wrong, in words: the service's sentence and what to do, or what is in the way to it.
///
/// The text of an [`azure_core::Error`] is often that of its outermost layer ("will not be retried").
///
/// ```
/// let error = akv_client::ConnectError::NoVault;
/// assert!(akv_client::explain(&error).contains("KEY_VAULT_NAME"));
/// ```
#[must_use]
pub fn explain(error: &(dyn Error + 'static)) -> String {
    error
        .downcast_ref::<azure_core::Error>()
        .map_or_else(|| error.to_string(), |error| ServiceError::from(error).to_string())
}

/// For the end of `main`: writes [`explain`] to standard error and gives the exit code.
pub fn report(outcome: Result<(), Box<dyn Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", explain(&*error));
            ExitCode::FAILURE
        }
    }
}
