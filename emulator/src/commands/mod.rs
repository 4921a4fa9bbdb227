//! What the `akv` binary does, a function for each command; the process's exit code comes back.
//!
//! stdout is for machines: the ready line, variables, paths. Everything for people goes to stderr.

mod compare;
mod control_client;
pub mod environment;
mod issuer;
mod journal;
mod serve;
mod signals;
mod snapshot;
mod watch;
mod why;

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use serde_json::json;

use crate::clock::Clock;
use crate::commands::control_client::ControlClient;
use crate::commands::environment::Variables;
use crate::config::{
    AttestArgs, CaArgs, Cli, ClockArg, ClockArgs, Command, Data, EnvArgs, FaultArg, FaultArgs, TargetArgs,
};
use crate::http::control::{ClockCommand, ClockState, Published};
use crate::tls::CertificateAuthority;

/// Carries out a command line.
///
/// # Errors
/// One line for people that says what to mend.
pub async fn run(cli: Cli) -> Result<ExitCode, String> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::serve(&args).await,
        Command::Run(args) => serve::run(&args).await,
        Command::Env(args) => env(args).await,
        Command::Ca(args) => ca(&args),
        Command::Clock(args) => clock(args).await,
        Command::Journal(args) => journal::run(&args).await,
        Command::Why(args) => why::run(&args).await,
        Command::Fault(args) => fault(args).await,
        Command::Issuer(args) => issuer::run(args).await,
        Command::Attest(args) => attest(args).await,
        Command::Compare(args) => compare::run(&args).await,
        Command::Snapshot(args) => snapshot::run(&args).await,
        Command::Reset(args) => reset(args).await,
        Command::Healthcheck(args) => healthcheck(args).await,
    }
}

/// One line on stdout.
fn print(line: &str) -> Result<ExitCode, String> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(|error| format!("stdout: {error}"))?;
    Ok(ExitCode::SUCCESS)
}

fn client(target: TargetArgs) -> ControlClient {
    ControlClient::new(SocketAddr::new(target.host, target.port))
}

async fn env(args: EnvArgs) -> Result<ExitCode, String> {
    let published: Published = client(args.target).get("/akv/info").await?;
    let address = SocketAddr::new(args.target.host, args.target.port);
    let variables = Variables::new(address, &published)?;
    print(variables.write(args.shell).trim_end())
}

fn ca(args: &CaArgs) -> Result<ExitCode, String> {
    let Data::Directory(folder) = args.data()? else {
        return Err("an authority in memory has no files: leave --in-memory out".to_owned());
    };
    let authority =
        CertificateAuthority::load_or_create(&folder, Clock::wall()).map_err(|e| e.to_string())?;
    let written = if args.refresh {
        authority.write_trust_files(&folder)
    } else {
        authority.ensure_trust_files(&folder).map(drop)
    };
    written.map_err(|error| error.to_string())?;
    let paths = serve::TrustPaths::of(&folder);
    print(&format!(
        "ca_file={}\nca_bundle={}\ntruststore={}",
        paths.ca_file.display(),
        paths.ca_bundle.display(),
        paths.truststore.display()
    ))
}

async fn clock(args: ClockArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    let command = match args.command {
        None | Some(ClockArg::Show) => None,
        Some(ClockArg::Advance { by }) => Some(ClockCommand::Advance(by)),
        Some(ClockArg::Set { time }) => Some(ClockCommand::Set(time)),
        Some(ClockArg::Freeze) => Some(ClockCommand::Freeze),
        Some(ClockArg::Resume) => Some(ClockCommand::Resume),
        Some(ClockArg::Reset) => Some(ClockCommand::Reset),
    };
    let state: ClockState = match command {
        None => client.get("/akv/clock").await?,
        Some(command) => client.post("/akv/clock", &json!(command)).await?,
    };
    print(&format!("{}{}", state.now, if state.frozen { " (frozen)" } else { "" }))
}

async fn fault(args: FaultArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    let faults: serde_json::Value = match args.command {
        None | Some(FaultArg::List) => client.get("/akv/faults").await?,
        Some(FaultArg::Set { fault }) => {
            let fault =
                serde_json::from_str(&fault).map_err(|error| format!("`{fault}` is no JSON: {error}"))?;
            client.post("/akv/faults", &fault).await?
        }
        Some(FaultArg::Clear) => client.delete("/akv/faults").await?,
    };
    let faults = faults["faults"].as_array().into_iter().flatten();
    faults.map(|fault| print(&fault.to_string())).collect::<Result<Vec<_>, _>>().map(|_| ExitCode::SUCCESS)
}

async fn attest(args: AttestArgs) -> Result<ExitCode, String> {
    let claims: serde_json::Map<_, _> = args.claims.into_iter().collect();
    let request = json!({"authority": args.authority, "claims": claims, "flaw": args.flaw});
    let assertion: serde_json::Value = client(args.target).post("/akv/attestation", &request).await?;
    print(&assertion.to_string())
}

async fn reset(args: TargetArgs) -> Result<ExitCode, String> {
    client(args).reset().await.map(|()| ExitCode::SUCCESS)
}

async fn healthcheck(args: TargetArgs) -> Result<ExitCode, String> {
    client(args).get::<serde_json::Value>("/akv/health").await.map(|_| ExitCode::SUCCESS)
}
