//! An emulator described step by step, for tests and programs that embed one.
//!
//! A thin face of [`Config`]: it must hold no default and no rule of its own.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::config::{Config, Data};
use crate::contents::Contents;
use crate::identity::Acceptance;
use crate::throttling::Throttle;
use crate::timestamp::Timestamp;
use crate::timing::Timing;
use crate::vault::{FirstUse, Settings};
use crate::{Emulator, Running, StartError};

/// What an emulator is to be like; unless said otherwise on a free loopback port, in memory, without delays.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    config: Config,
}

impl Builder {
    /// Listens on this port; 0, the default, is any free one.
    pub const fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// Listens on this address.
    pub const fn bind(mut self, address: IpAddr) -> Self {
        self.config.bind = address;
        self
    }

    /// Keeps certificate authority and token key in this directory, and writes bundle and truststore there.
    pub fn data_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.data = Data::Directory(directory.into());
        self
    }

    /// Refuses requests for hosts that are not emulated.
    pub const fn offline(mut self) -> Self {
        self.config.offline = true;
        self
    }

    /// Takes as long as this profile says.
    pub fn timing(mut self, timing: Timing) -> Self {
        self.config.timing = timing;
        self
    }

    /// Draws the same ids, delays and keys in every run.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Lets the vaults' clock stand at this instant.
    pub fn frozen_at(mut self, at: Timestamp) -> Self {
        self.config.clock = Clock::frozen(at);
        self
    }

    /// Accepts tokens of its own issuer only.
    pub const fn strict(mut self) -> Self {
        self.config.acceptance = Acceptance::Strict;
        self
    }

    /// Makes a vault from the start; others still come into being on first use.
    pub fn vault(mut self, name: &str) -> Self {
        self.config.vaults.push(name.to_ascii_lowercase());
        self
    }

    /// Fills vaults with these contents when it starts; not listening, it is filled by [`Emulator::fill`].
    pub fn contents(mut self, contents: Contents) -> Self {
        self.config.contents = Some(contents);
        self
    }

    /// Refuses vaults that [`Self::vault`] did not name.
    pub const fn closed(mut self) -> Self {
        self.config.first_use = FirstUse::Refused;
        self
    }

    /// Gives vaults these settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.config.settings = settings;
        self
    }

    /// Makes so many RSA-2048 keys ahead while it listens.
    pub const fn key_pool(mut self, keys: usize) -> Self {
        self.config.key_pool = keys;
        self
    }

    /// Keeps so many entries in its journal; 0 for none.
    pub const fn journal(mut self, entries: usize) -> Self {
        self.config.journal = entries;
        self
    }

    /// Lets these limits hold.
    pub const fn throttle(mut self, throttle: Throttle) -> Self {
        self.config.throttle = throttle;
        self
    }

    /// Keeps as many of them again in this directory between runs; several emulators may share it.
    pub fn key_pool_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.key_pool_dir = Some(directory.into());
        self
    }

    /// The emulator, not listening: its [`Emulator::service`] is called in-process.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn build(self) -> Result<Emulator, StartError> {
        Emulator::new(self.config)
    }

    /// The emulator, listening.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(self) -> Result<Running, StartError> {
        self.build()?.start().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_said_is_what_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::parse("2027-01-31").unwrap();
        let builder = Builder::default()
            .port(0)
            .bind("127.0.0.1".parse().unwrap())
            .data_dir(folder.path())
            .offline()
            .timing(Timing::azure())
            .seed(7)
            .frozen_at(at)
            .strict()
            .vault("KV")
            .closed()
            .settings(Settings { retention_days: 7, ..Settings::default() })
            .key_pool(0);
        let running = builder.start().await.unwrap();
        let state = running.emulator().service();
        let state = state.state();
        let now = state.clock.now();
        assert_eq!((state.clock.now(), &state.timing), (at, &Timing::azure()));
        assert!(state.vaults.find("kv", now).is_ok() && state.vaults.find("other", now).is_err());
        assert_eq!(state.settings.retention_days, 7);
        assert!(folder.path().join("ca-bundle.pem").exists());
        running.stop().await;
    }
}
