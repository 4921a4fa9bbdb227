//! The `akv` binary: reads the command line, runs the command, reports what went wrong in one line.

use std::io::Write;
use std::process::ExitCode;

use akv_emulator::{commands, config};

fn main() -> ExitCode {
    let done = config::parse(std::env::args_os()).and_then(|cli| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(|error| format!("no threads to run on: {error}"))?.block_on(commands::run(cli))
    });
    done.unwrap_or_else(|complaint| {
        let _ = writeln!(std::io::stderr(), "akv: {complaint}");
        ExitCode::FAILURE
    })
}
