//! The witness of the tests: the `openssl` program, which shares no code with this module.
//!
//! It must not be used outside tests.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs `openssl` with `input` on its standard input; its standard output.
///
/// # Panics
/// With what it said, when it fails.
pub(super) fn openssl(args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tests need the openssl program");
    // A program that fails before it has read everything closes the pipe; its own words come below.
    let _closed_early = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {args:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
    output.stdout
}

/// The same, as text.
pub(super) fn openssl_text(args: &[&str], input: &[u8]) -> String {
    String::from_utf8(openssl(args, input)).unwrap()
}

/// Writes `bytes` to a file of the given name for the programs that want one.
pub(super) fn file(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}
