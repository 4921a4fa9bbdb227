//! `akv serve` and `akv run`: an emulator for as long as a signal or a program takes.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use tokio::process::Command;

use crate::commands::environment::Variables;
use crate::commands::signals::{Signal, Signals};
use crate::commands::{print, watch};
use crate::config::{RunArgs, ServeArgs};
use crate::contents::Watched;
use crate::{Emulator, Running, dialable};

pub(super) use crate::TrustPaths;

/// Serves until a signal asks to stop.
pub(super) async fn serve(args: &ServeArgs) -> Result<ExitCode, String> {
    log(args.verbose);
    let mut signals = Signals::listen()?;
    let config = args.config()?;
    let watched = config.contents.as_ref().filter(|_| args.watch).and_then(Watched::new);
    let running = start(config).await?;
    print(&ready_line(&running)?)?;
    greet(&running, args.snapshot.as_deref());
    tokio::select! {
        _ = signals.next() => {}
        () = watch::follow(running.emulator().clone(), watched) => {}
    }
    running.stop().await.keep().await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a program against an emulator of its own.
pub(super) async fn run(args: &RunArgs) -> Result<ExitCode, String> {
    log(args.verbose);
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
    let running = start(args.config(folder.path().to_owned())).await?;
    let variables = Variables::new(running.address(), running.published())?;
    let status = child(args, &variables, Signals::listen()?).await;
    running.stop().await;
    status
}

async fn start(config: crate::config::Config) -> Result<Running, String> {
    Emulator::new(config).map_err(|error| error.to_string())?.start().await.map_err(|error| error.to_string())
}

async fn child(args: &RunArgs, variables: &Variables, mut signals: Signals) -> Result<ExitCode, String> {
    let (program, arguments) = args.program.split_first().ok_or("no program was named behind --")?;
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    for (name, value) in variables.iter() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child =
        command.spawn().map_err(|error| format!("cannot run `{}`: {error}", program.to_string_lossy()))?;
    let status = loop {
        tokio::select! {
            ended = child.wait() => break ended,
            // A keyboard's interrupt reaches the program by itself: it decides what to do, and its code is ours.
            signal = signals.next() => if signal == Signal::Terminate { terminate(&mut child); },
        }
    };
    let status = status.map_err(|error| format!("`{}`: {error}", program.to_string_lossy()))?;
    Ok(ExitCode::from(exit_code(status)))
}

/// Asks the program to end, as we were asked.
fn terminate(child: &mut tokio::process::Child) {
    #[cfg(unix)]
    if let Some(pid) = child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        return;
    }
    let _ = child.start_kill();
}

/// The program's own code; 128 and the signal's number if one ended it, as shells have it.
fn exit_code(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1))
}

fn log(verbose: bool) {
    let level = if verbose { tracing::Level::INFO } else { tracing::Level::WARN };
    // A second call in one process, as in tests, keeps the first one's settings.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}

/// What a program that started this one waits for.
#[derive(Serialize)]
struct Ready<'a> {
    event: &'static str,
    endpoint: String,
    proxy: String,
    vault_url: String,
    ca_file: Option<&'a Path>,
    ca_bundle: Option<&'a Path>,
    pid: u32,
}

/// One line for machines.
fn ready_line(running: &Running) -> Result<String, String> {
    let address = dialable(running.address());
    let published = running.published();
    let ready = Ready {
        event: "ready",
        endpoint: format!("https://{address}"),
        proxy: format!("http://{address}"),
        vault_url: format!("https://{{vault}}.vault.localhost:{}", address.port()),
        ca_file: published.ca_file.as_deref(),
        ca_bundle: published.ca_bundle.as_deref(),
        pid: std::process::id(),
    };
    // A path that is no text cannot be said in JSON.
    serde_json::to_string(&ready).map_err(|error| format!("--data-dir: {error}"))
}

/// What to paste, for people.
fn greet(running: &Running, snapshot: Option<&Path>) {
    let address = dialable(running.address());
    let program =
        std::env::current_exe().ok().and_then(|path| short(&path)).unwrap_or_else(|| "akv".to_owned());
    let port = match address.port() {
        crate::config::DEFAULT_PORT => String::new(),
        port => format!(" --port {port}"),
    };
    let vaults = match snapshot {
        Some(file) => format!("its state goes to {}", file.display()),
        None => "its vaults are in memory".to_owned(),
    };
    let _ = writeln!(
        std::io::stderr(),
        "\nAzure Key Vault is at {address}. In the shell that runs your program:\n\n    eval \"$({program} env{port})\"\n\nThen any https://NAME.vault.azure.net is here. Ctrl-C ends it; {vaults}.\n"
    );
}

/// The program's path as a person would type it from here.
fn short(path: &Path) -> Option<String> {
    let relative =
        std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let typed = relative.map_or_else(|| path.to_owned(), |relative: PathBuf| Path::new(".").join(relative));
    typed.to_str().map(str::to_owned)
}
