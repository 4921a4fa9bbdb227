//! How others ask the process to stop.
//!
//! From [`Signals::listen`] on, none is missed and none kills the process: it must come before anything that tells the
//! world that the process is there.

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// The keyboard. Programs that we started hear it too.
    Interrupt,
    /// Another process. Only we hear it.
    Terminate,
}

/// The requests to stop that have come and will come.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlClose,
}

impl Signals {
    /// Begins to listen.
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, String> {
        use tokio::signal::unix::{SignalKind, signal};
        let hear = |kind| signal(kind).map_err(|error| format!("signals cannot be heard: {error}"));
        Ok(Self { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// Begins to listen.
    #[cfg(windows)]
    pub(super) fn listen() -> Result<Self, String> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        let deaf = |error| format!("signals cannot be heard: {error}");
        Ok(Self { interrupt: ctrl_c().map_err(deaf)?, terminate: ctrl_close().map_err(deaf)? })
    }

    /// The next request to stop.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
        }
    }
}
