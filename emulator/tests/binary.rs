//! The `akv` binary as a shell sees it: what it prints where, and its exit codes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by failing")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn akv(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akv"));
    command.args(arguments);
    for name in ["AKV_PORT", "AKV_DATA_DIR", "KEY_VAULT_NAME", "NO_PROXY", "no_proxy", "JAVA_TOOL_OPTIONS"] {
        command.env_remove(name);
    }
    command
}

/// A running `akv serve` and its ready line.
struct Served {
    child: Child,
    line: String,
    ready: Value,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut command = akv(&[&["serve", "--port", "0", "--key-pool", "0"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line}"));
        Self { child, line, ready }
    }

    fn port(&self) -> String {
        self.ready["proxy"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
    }

    fn command(&self, command: &[&str]) -> Output {
        akv(&[command, &["--port", &self.port()]].concat()).output().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A failed command's one line.
fn complaint(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert_eq!(text(&output.stdout), "");
    let line = text(&output.stderr);
    assert!(line.starts_with("akv: ") && line.trim_end().lines().count() == 1, "{line}");
    line
}

#[test]
fn serve_prints_one_json_line_for_machines_and_the_rest_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(&["--data-dir", folder.path().to_str().unwrap()]);
    let ready = &served.ready;
    let port = served.port();
    // Its members in the order that README's readers know.
    let members = ["event", "endpoint", "proxy", "vault_url", "ca_file", "ca_bundle", "pid"];
    assert!(members.map(|member| served.line.find(&format!("\"{member}\":")).unwrap()).is_sorted());
    assert_eq!(ready["event"], "ready");
    assert_eq!(ready["endpoint"], format!("https://127.0.0.1:{port}"));
    assert_eq!(ready["vault_url"], format!("https://{{vault}}.vault.localhost:{port}"));
    assert_eq!(ready["pid"], served.child.id());
    for file in ["ca_file", "ca_bundle"] {
        let pem = fs::read_to_string(ready[file].as_str().unwrap()).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{file}");
    }
    assert!(TcpStream::connect(("127.0.0.1", port.parse().unwrap())).is_ok());

    let greeting = BufReader::new(served.child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let paste = format!("env --port {port})\"");
    assert!(greeting.into_iter().any(|line| line.contains("eval") && line.contains(&paste)));
    served.child.kill().unwrap();
    let mut stdout = String::new();
    served.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(stdout, "", "one line and no more");
}

#[test]
fn env_ca_clock_and_healthcheck_speak_to_the_running_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let served = Served::start(&["--data-dir", data, "--freeze-at", "2027-01-31"]);
    let variables = text(&served.command(&["env"]).stdout);
    assert!(
        variables.contains(&format!("export HTTPS_PROXY='http://127.0.0.1:{}'\n", served.port())),
        "{variables}"
    );
    assert!(variables.contains("export KEY_VAULT_NAME='my-vault'\n"), "{variables}");
    let bundle = Path::new(data).join("ca-bundle.pem");
    assert!(variables.contains(&format!("export SSL_CERT_FILE='{}'\n", bundle.display())), "{variables}");
    let paths = text(&akv(&["ca", "--data-dir", data]).output().unwrap().stdout);
    assert!(paths.contains(&format!("ca_bundle={}\n", bundle.display())), "{paths}");

    let clock = |command: &[&str]| text(&served.command(&[&["clock"], command].concat()).stdout);
    assert_eq!(clock(&["show"]), "2027-01-31T00:00:00Z (frozen)\n");
    assert_eq!(clock(&["advance", "90d"]), "2027-05-01T00:00:00Z (frozen)\n");
    assert_eq!(clock(&["advance", "-90d"]), "2027-01-31T00:00:00Z (frozen)\n");
    assert_eq!(clock(&["set", "2030-01-01"]), "2030-01-01T00:00:00Z (frozen)\n");
    assert!(!clock(&["resume"]).contains("frozen"));
    let refused = served.command(&["clock", "set", "tomorrow"]);
    assert!(text(&refused.stderr).contains("`tomorrow` is not a time"), "{refused:?}");
    assert!(served.command(&["healthcheck"]).status.success());
}

/// The environment's roots go before the system's, and another emulator's are never among them.
#[test]
fn the_bundle_holds_the_roots_that_the_environment_names_or_else_the_systems() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other) = (folder.path().join("data"), folder.path().join("other"));
    let bundle = |data: &Path, roots: Option<&Path>| {
        let mut command = akv(&["ca", "--refresh", "--data-dir", data.to_str().unwrap()]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        command.envs(roots.map(|roots| ("SSL_CERT_FILE", roots)));
        assert!(command.output().unwrap().status.success());
        fs::read_to_string(data.join("ca-bundle.pem")).unwrap()
    };
    let count = |bundle: &str| bundle.matches("BEGIN CERTIFICATE").count();
    let system = bundle(&other, None);
    let ours = fs::read_to_string(other.join("ca.pem")).unwrap();
    let root = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let named = folder.path().join("named.pem");
    fs::write(&named, format!("{root}{ours}")).unwrap();
    let found = bundle(&data, Some(&named));
    assert_eq!((count(&found), found.contains("MAA=")), (2, true), "{found}");
    assert!(!found.contains(&ours), "{found}");
    // A machine may have no roots; those that have them here have many.
    if Path::new("/etc/ssl/certs/ca-certificates.crt").is_file() {
        assert!(count(&system) > 1, "{system}");
    }
}

#[test]
fn run_gives_the_program_an_emulator_and_exits_with_its_code() {
    let script = "test -r \"$SSL_CERT_FILE\" && test \"$KEY_VAULT_NAME\" = my-vault && echo \"$HTTPS_PROXY\" && exit 7";
    let output = akv(&["run", "--", "sh", "-c", script]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let proxy = text(&output.stdout);
    let address = proxy.trim().strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(address).is_err(), "the emulator ends with the program");
    assert_eq!(akv(&["run", "--", "sh", "-c", "kill -9 $$"]).output().unwrap().status.code(), Some(137));
    let missing = complaint(akv(&["run", "--", "/no/such/program"]));
    assert!(missing.contains("/no/such/program"), "{missing}");
}

#[cfg(unix)]
#[test]
fn a_request_to_terminate_ends_serve_cleanly_and_reaches_the_program_of_run() {
    let terminate = |child: &Child| {
        let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(done.success());
    };
    let mut served = Served::start(&["--in-memory"]);
    assert_eq!(served.ready["ca_file"], Value::Null);
    terminate(&served.child);
    assert_eq!(served.child.wait().unwrap().code(), Some(0));

    let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do read -r line || :; done";
    let mut run =
        akv(&["run", "--", "sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(run.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    terminate(&run);
    // The shell acts on the signal when its read ends.
    drop(run.stdin.take());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\nbye\n");
    assert_eq!(run.wait().unwrap().code(), Some(3));
}

#[test]
fn what_is_wrong_at_start_is_one_line_that_names_the_flag_and_the_mend() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = complaint(akv(&["serve", "--in-memory", "--port", &port]));
    assert!(line.contains(&port) && line.contains("--port"), "{line}");

    let line = complaint(akv(&["--prot", "1"]));
    assert!(line.contains("--prot") && line.contains("--port"), "{line}");

    let line = complaint(akv(&["serve", "--in-memory", "--port", "0", "--bind", "192.0.2.1"]));
    assert!(line.contains("--bind"), "{line}");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca-key.pem"), "nonsense").unwrap();
    let line = complaint(akv(&["serve", "--port", "0", "--data-dir", folder.path().to_str().unwrap()]));
    assert!(line.contains("ca-key.pem") && line.contains("--data-dir"), "{line}");

    let line = complaint(akv(&["healthcheck", "--port", &free_port()]));
    assert!(line.contains("akv serve") && line.contains("--port"), "{line}");
    let line = complaint(akv(&["env", "--port", &free_port()]));
    assert!(line.contains("akv serve"), "{line}");
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}
