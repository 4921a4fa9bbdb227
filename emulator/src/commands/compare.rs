//! `akv compare`: the same scenario on an emulator of its own and on another vault, and what they answered differently.
//!
//! Exit code 0 if nothing, 1 if something, 2 if it could not be found out.

use std::io::Write;
use std::process::ExitCode;

use super::print;
use crate::Emulator;
use crate::chance::Chance;
use crate::config::CompareArgs;
use crate::scenarios::{Remote, Scenario, Target, credential, difference, play};

/// Carries out the command.
///
/// # Errors
/// If nothing can be printed.
pub(super) async fn run(args: &CompareArgs) -> Result<ExitCode, String> {
    let done = if args.list { list() } else { compare(args).await };
    done.or_else(|complaint| {
        writeln!(std::io::stderr(), "akv: {complaint}").map_err(|error| error.to_string())?;
        Ok(ExitCode::from(2))
    })
}

fn list() -> Result<ExitCode, String> {
    for scenario in Scenario::built_in()? {
        print(&format!("{:<12} {} ({} requests)", scenario.name, scenario.about, scenario.steps.len()))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn compare(args: &CompareArgs) -> Result<ExitCode, String> {
    let url = args.with.as_deref().ok_or("name the other vault: --with https://NAME.vault.azure.net")?;
    let scenarios = match &args.scenarios[..] {
        [] => Scenario::built_in()?,
        named => named.iter().map(|name| Scenario::find(name)).collect::<Result<_, _>>()?,
    };
    let authority = args
        .ca
        .as_ref()
        .map(|path| std::fs::read(path).map_err(|error| format!("--ca {}: {error}", path.display())));
    let authority = authority.transpose()?;
    let theirs = Remote::new(url, credential(url).await?, authority.as_deref())?;
    let emulator = Emulator::builder().build().map_err(|error| error.to_string())?;
    let (ours, theirs) = (Target::InProcess(emulator.vault()), Target::Remote(theirs));
    let chance = Chance::from_entropy().map_err(|error| error.to_string())?;

    let mut code = ExitCode::SUCCESS;
    for scenario in scenarios {
        let name = format!("akv-{}", chance.uuid().simple());
        let (one, other) = tokio::try_join!(play(&scenario, &ours, &name), play(&scenario, &theirs, &name))?;
        match difference(&scenario, (&one, ours.host()), (&other, theirs.host())) {
            None => print(&format!("{}: no difference in {} answers", scenario.name, one.len()))?,
            Some(text) => {
                code = ExitCode::from(1);
                print(&format!("{}: - the emulator's, + {}", scenario.name, theirs.host()))?;
                print(text.trim_end())?
            }
        };
    }
    Ok(code)
}
