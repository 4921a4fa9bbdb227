//! `akv issuer`: how issuers treat requests, approvals, revocations.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{client, print};
use crate::config::{IssuerArg, IssuerArgs};

/// Carries it out and prints what came of it.
pub(super) async fn run(args: IssuerArgs) -> Result<ExitCode, String> {
    let client = client(args.target);
    let answer: Value = match args.command {
        IssuerArg::Root => {
            let published: Value = client.get("/akv/issuers").await?;
            return print(published["root"].as_str().unwrap_or_default().trim_end());
        }
        IssuerArg::Show { issuer } => client.get(&format!("/akv/issuers/{issuer}")).await?,
        IssuerArg::Set { issuer, delay, approval, fail } => {
            let outcome = match (approval, fail) {
                (_, Some(reason)) => json!({"fail": reason}),
                (true, None) => json!("approval"),
                (false, None) => json!("issue"),
            };
            let treatment = json!({"delay": delay, "outcome": outcome});
            client.post(&format!("/akv/issuers/{issuer}"), &treatment).await?
        }
        IssuerArg::Approve { certificate } => {
            client.post(&format!("/akv/certificates/{certificate}/approve"), &json!({})).await?
        }
        IssuerArg::Reject { certificate, reason } => {
            let reason = json!({"reason": reason});
            client.post(&format!("/akv/certificates/{certificate}/reject"), &reason).await?
        }
        IssuerArg::Revoke { certificate, version, reason } => {
            let which = json!({"version": version, "reason": reason});
            client.post(&format!("/akv/certificates/{certificate}/revoke"), &which).await?
        }
    };
    print(&answer.to_string())
}
