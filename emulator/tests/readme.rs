//! README's commands exist: every `akv` line of its shell blocks is read as the binary would read it, and so are its
//! contents files.

use std::ffi::OsString;

use akv_emulator::config;
use akv_emulator::contents::Contents;

const README: &str = include_str!("../../README.md");

#[test]
fn every_akv_line_of_the_readme_is_a_command_line() {
    let blocks = README.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or_default().trim());
    let mut seen = 0;
    for line in lines.filter(|line| line.starts_with("akv ")) {
        config::parse(line.split_whitespace().map(OsString::from))
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        seen += 1;
    }
    assert!(seen >= 5, "README shows {seen} commands");
}

#[test]
fn every_contents_file_of_the_readme_can_be_read() {
    let blocks: Vec<_> =
        README.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let contents = Contents::from_toml(block).unwrap_or_else(|error| panic!("{error}"));
        assert!(contents.vaults().count() > 0, "{block}");
    }
}
