//! Long-running operations: when each is over.

use uuid::Uuid;

use super::Store;
use crate::arm::error::ArmError;
use crate::timestamp::Timestamp;

impl Store {
    /// Remembers that the operation `id` is over at `done_at`.
    pub fn begin_operation(&self, id: Uuid, done_at: Timestamp) {
        self.inner.write().operations.insert(id, done_at);
    }

    /// Whether the operation is over.
    ///
    /// # Errors
    /// 404 for one that was not begun.
    pub fn operation_is_over(&self, id: &str, now: Timestamp) -> Result<bool, ArmError> {
        let unknown = || ArmError::OperationNotFound(id.to_owned());
        let key: Uuid = id.parse().map_err(|_| unknown())?;
        let done_at = self.inner.read().operations.get(&key).copied().ok_or_else(unknown)?;
        Ok(done_at <= now)
    }
}
