//! The flags of `akv attest`.

use clap::Args;

use super::TargetArgs;
use crate::attestation::Flaw;

/// Flags of `akv attest`.
#[derive(Args, Clone, Debug)]
pub struct AttestArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub target: TargetArgs,
    /// In whose name: the URL that the release policy has [default: `https://sharedeus.eus.attest.azure.net`].
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// A claim; the value is JSON, or else a text. May be repeated.
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    pub claims: Vec<(String, serde_json::Value)>,
    /// What is to be wrong with it.
    #[arg(long, value_enum, default_value_t)]
    pub flaw: Flaw,
}

/// `NAME=VALUE` of an assertion.
fn claim(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("a claim is NAME=VALUE")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}
