//! Flags of `akv compare`.

use std::path::PathBuf;

use clap::Args;

/// Flags of `akv compare`.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// The other vault's URL, Azure's or an emulator's; asked with the token in AKV_TEST_TOKEN, or as az is logged in.
    #[arg(long, env = "AKV_TEST_VAULT_URL", value_name = "URL", required_unless_present = "list")]
    pub with: Option<String>,
    /// Trust this certificate authority too, PEM; of an emulator the `ca.pem` that `akv ca` names.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Show the scenarios there are.
    #[arg(long)]
    pub list: bool,
    /// Which scenarios, or files of one's own in their form; all there are unless named.
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
}
