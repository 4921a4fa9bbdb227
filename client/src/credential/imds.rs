//! A virtual machine's identity, where there is a virtual machine.
//!
//! Elsewhere nothing answers at its address, and the official credential would wait for minutes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{Context, Method, Request, Transport, Url};

const ENDPOINT: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
/// As long as .NET's `DefaultAzureCredential` waits for it.
const LIMIT: Duration = Duration::from_secs(1);

/// A credential that is asked only if the endpoint of a virtual machine's identity answers.
#[derive(Debug)]
pub(super) struct Probed {
    credential: Arc<dyn TokenCredential>,
    transport: Transport,
}

impl Probed {
    pub(super) const fn new(credential: Arc<dyn TokenCredential>, transport: Transport) -> Self {
        Self { credential, transport }
    }

    /// Any answer will do: without its header, the endpoint refuses.
    async fn answers(&self) -> azure_core::Result<bool> {
        let mut request = Request::new(Url::parse(ENDPOINT)?, Method::Get);
        let context = Context::new();
        let probe = tokio::time::timeout(LIMIT, self.transport.send(&context, &mut request));
        Ok(matches!(probe.await, Ok(Ok(_))))
    }
}

#[async_trait]
impl TokenCredential for Probed {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        if self.answers().await? {
            return self.credential.get_token(scopes, options).await;
        }
        Err(Error::with_message(
            ErrorKind::Credential,
            "IDENTITY_ENDPOINT is not set, and this is no virtual machine on Azure: nothing answers at 169.254.169.254",
        ))
    }
}
