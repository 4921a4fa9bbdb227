//! README's commands exist: every `akv` line of its shell blocks is read as the binary would read it.

use std::ffi::OsString;

use akv_emulator::config;

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
