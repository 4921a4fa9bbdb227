//! Template deployments: routes, and what carries each out.

use super::Call;
use super::error::ArmError;
use super::route::Asked;
use crate::http::reply::Reply;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation;

impl Operation {
    /// The operation that a request below a group's `deployments` asks for.
    ///
    /// # Errors
    /// 501.
    pub(super) fn route(_: String, _: Asked<'_>) -> Result<Self, ArmError> {
        Err(ArmError::NotEmulated("the deployment of templates".to_owned()))
    }
}

/// Carries it out.
pub(super) fn run(Operation: Operation, _: &Call<'_>) -> Result<Reply, ArmError> {
    Err(ArmError::NotEmulated("the deployment of templates".to_owned()))
}
