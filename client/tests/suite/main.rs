//! The client against an emulator: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by failing")]

mod conflicts;
mod processes;
mod reach;
mod serving;
mod targets;
