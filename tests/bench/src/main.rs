//! `akv-bench`: whole processes of `akv` beside what they cannot do without, in the same run.
//!
//! ```text
//! akv-bench table AKV [--smoke] [--into FILE]             everything; FILE's block `run` gets the result
//! akv-bench soak AKV [--minutes N] [--into FILE]          FILE's block `soak` gets the result
//! akv-bench bare FILE                                     the bare server; the others start it
//! ```
//!
//! `tests/bench/run` and `tests/bench/soak` build and call it. It must not be part of the product.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark reads the time, starts tasks and prints what it saw"
)]

mod bare;
mod connection;
mod load;
mod machine;
mod pool;
mod process;
mod raw;
mod report;
mod scaling;
mod scenario;
mod soak;
mod table;
mod weight;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::machine::{Cores, pin};
use crate::process::Akv;
use crate::report::{Figures, write_block};
use crate::table::Effort;

type Failure = Box<dyn Error + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

const USAGE: &str =
    "akv-bench table AKV [--smoke] [--into FILE] | soak AKV [--minutes N] [--into FILE] | bare FILE";

/// What was asked for.
struct Arguments {
    command: String,
    file: PathBuf,
    smoke: bool,
    minutes: f64,
    into: Option<PathBuf>,
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut read = Self {
            command: given.next().ok_or(USAGE)?,
            file: given.next().ok_or(USAGE)?.into(),
            smoke: false,
            minutes: 30.0,
            into: None,
        };
        while let Some(flag) = given.next() {
            match flag.as_str() {
                "--smoke" => read.smoke = true,
                "--minutes" => read.minutes = given.next().ok_or(USAGE)?.parse()?,
                "--into" => read.into = Some(given.next().ok_or(USAGE)?.into()),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(read)
    }
}

fn main() -> Outcome<()> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    if arguments.command == "bare" {
        // As many threads as there are cores to run on, as the emulator has.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(bare::serve(&arguments.file));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let akv = Akv(arguments.file);
    let (block, text) = match arguments.command.as_str() {
        "table" => ("run", table(&runtime, &akv, arguments.smoke)?.markdown()),
        "soak" => {
            let each = Duration::from_secs_f64((arguments.minutes * 2.0).clamp(0.1, 60.0));
            ("soak", runtime.block_on(soak::run(&akv, arguments.minutes, each))?.markdown())
        }
        _ => return Err(USAGE.into()),
    };
    println!("{text}");
    arguments.into.map_or(Ok(()), |file| write_block(&file, block, &text))
}

fn table(runtime: &Runtime, akv: &Akv, smoke: bool) -> Outcome<Figures> {
    let effort = if smoke { Effort::SMOKE } else { Effort::FULL };
    let cores = Cores::find();
    // In process, before this thread is kept on one core.
    let scaling = scaling::measure(cores, &effort)?;
    let pinned = pin(&[cores.load]) && cores.load != cores.servers;
    runtime.block_on(async {
        Ok(Figures {
            effort,
            pinned,
            weight: weight::measure(akv, cores, &effort).await?,
            table: table::measure(akv, cores, &effort).await?,
            pool: pool::measure(akv, cores, &effort).await?,
            scaling,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused() {
        let read = |line: &str| Arguments::read(line.split(' ').map(str::to_owned));
        let given = read("soak akv --minutes 2 --into FILE").unwrap();
        assert_eq!((given.command.as_str(), given.minutes), ("soak", 2.0));
        assert_eq!(given.into.unwrap().to_str(), Some("FILE"));
        assert!(read("table akv --smoke").unwrap().smoke);
        assert!(read("table").is_err() && read("table akv --what").is_err());
    }
}
