//! `akv serve --watch`: follows contents as their files change.

use std::io::Write;
use std::time::Duration;

use crate::Emulator;
use crate::contents::Watched;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Follows the contents for as long as it is polled. What is wrong with them is said on stderr, and what was there stays.
pub(super) async fn follow(emulator: Emulator, watched: Option<Watched>) {
    let Some(mut watched) = watched else { return std::future::pending().await };
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let Some(read) = watched.changed() else { continue };
        let done = match read {
            Ok(contents) => emulator.service().state().go_over_to(contents).await,
            Err(error) => Err(error),
        };
        let line = match done {
            Ok(()) => format!("{}: carried out anew", watched.path().display()),
            Err(error) => format!("--contents: {error}; what was there stays"),
        };
        let _ = writeln!(std::io::stderr(), "akv: {line}");
    }
}
