//! An emulator that listens, for as long as it does. It must not know how it came to listen: [`Emulator::start`] does.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Emulator;
use crate::http::control::Published;
use crate::own_vault::OwnVault;

/// Whoever listens everywhere is to be called at home.
pub(crate) fn dialable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        address => address,
    }
}

/// An emulator that listens. Dropping it ends it at once.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    emulator: Emulator,
}

impl Running {
    pub(crate) const fn new(
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
        emulator: Emulator,
    ) -> Self {
        Self { address, stop: Some(stop), task, emulator }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as an HTTP proxy.
    #[must_use]
    pub fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of a vault that needs no proxy.
    #[must_use]
    pub fn vault_url(&self, vault: &str) -> String {
        format!("https://{vault}.vault.localhost:{}", self.address.port())
    }

    /// A vault that nobody else has, with a URL and a token of its own.
    #[must_use]
    pub fn vault(&self) -> OwnVault {
        OwnVault::of(self.emulator.service(), |name| self.vault_url(name))
    }

    /// The emulator itself.
    #[must_use]
    pub const fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// What it tells of itself.
    #[must_use]
    pub fn published(&self) -> &Published {
        self.emulator.published()
    }

    /// Ends it; requests that are running may end first, for two seconds at most. The emulator comes back, with its
    /// state.
    pub async fn stop(mut self) -> Emulator {
        drop(self.stop.take());
        if let Err(error) = (&mut self.task).await {
            tracing::debug!(%error, "the server's task ended early");
        }
        // A few small files, if any, when nobody is served any more.
        self.emulator.service.state().keys.stop();
        self.emulator.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
