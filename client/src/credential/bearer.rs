//! A token that somebody else got.

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};

/// A token that does not change. When it expires, its issuer knows; it is sent until then and after.
#[derive(Debug)]
pub(crate) struct Bearer(pub(crate) Secret);

#[async_trait]
impl TokenCredential for Bearer {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        // Far enough away that no policy asks for another one.
        let never = OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 8000);
        Ok(AccessToken { token: self.0.clone(), expires_on: never })
    }
}
