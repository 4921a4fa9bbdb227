//! The processes that are measured: `akv serve`, and the bare server beside it.
//!
//! It must not leave one behind: dropping a process ends it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::Outcome;
use crate::machine::{ProcessTime, pin};

/// A server in a process of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    /// From spawning the process to its line on standard output.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts `command` on `cores` and reads the line of JSON by which it says that it is ready.
    pub(crate) fn start(mut command: Command, cores: &[usize]) -> Outcome<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let cores = cores.to_vec();
        // A child has its affinity from the thread that starts it.
        let spawned = std::thread::spawn(move || {
            pin(&cores);
            let begun = Instant::now();
            command.spawn().map(|child| (child, begun))
        });
        let (mut child, begun) = spawned.join().map_err(|_| "the thread that starts processes ended")??;
        let stdout = child.stdout.take();
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            ca_pem: String::new(),
            ready_after: Duration::ZERO,
        };
        let mut line = String::new();
        BufReader::new(stdout.ok_or("no standard output")?).read_line(&mut line)?;
        server.ready_after = begun.elapsed();
        let ready: Value = serde_json::from_str(&line)?;
        let proxy = ready["proxy"].as_str().ok_or("the ready line names no proxy")?;
        server.address = proxy.trim_start_matches("http://").parse()?;
        server.ca_pem = std::fs::read_to_string(ready["ca_file"].as_str().ok_or("no ca_file")?)?;
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn time(&self) -> ProcessTime {
        ProcessTime::of(self.id())
    }

    /// Waits until the process has had no work for a while: its pool is full, its files are written.
    pub(crate) fn settle(&self) {
        let mut before = self.time();
        for _ in 0..120 {
            std::thread::sleep(Duration::from_millis(500));
            let now = self.time();
            if now.since(&before) < Duration::from_millis(2) {
                return;
            }
            before = now;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The `akv` that is measured.
#[derive(Clone, Debug)]
pub(crate) struct Akv(pub(crate) PathBuf);

impl Akv {
    /// `akv serve` on a free port, which trusts what the system trusts.
    pub(crate) fn serve(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["serve", "--port", "0", "--offline", "--data-dir"]).arg(folder).args(arguments);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        command
    }

    /// The same, with a folder of its own.
    pub(crate) fn start(&self, arguments: &[&str], cores: &[usize]) -> Outcome<(Server, TempDir)> {
        let folder = tempfile::tempdir()?;
        Ok((Server::start(self.serve(folder.path(), arguments), cores)?, folder))
    }
}
