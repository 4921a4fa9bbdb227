//! The flags that say who is in the directory.

use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::identity::directory::{Admission, Rules, Secret, SystemIdentity, UserPrincipalName};

/// Who there is.
#[derive(Args, Clone, Debug)]
pub struct DirectoryArgs {
    /// A user who is there from the start; may be repeated. The first is you: who logs in by device code or browser. Without it you are user@domain.com, and the first other name that is used.
    #[arg(long = "user", env = "AKV_USERS", value_delimiter = ',', value_name = "UPN", value_parser = user)]
    users: Vec<UserPrincipalName>,
    /// An application that is there from the start, with its only right secret; may be repeated.
    #[arg(long = "app", env = "AKV_APPS", value_delimiter = ',', value_name = "CLIENT_ID[=SECRET]", value_parser = application)]
    applications: Vec<(Uuid, Option<Secret>)>,
    /// Refuse users, applications and managed identities that nobody named or created; otherwise they appear on first use.
    #[arg(long, env = "AKV_CLOSED_DIRECTORY")]
    closed_directory: bool,
    /// Who the machine's own managed identity is: you (so that DefaultAzureCredential() is whom az gave permissions), or an identity of its own as on Azure.
    #[arg(long, env = "AKV_SYSTEM_IDENTITY", value_enum, default_value_t = SystemIdentityArg::Developer)]
    system_identity: SystemIdentityArg,
}

/// `--system-identity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SystemIdentityArg {
    /// The first user.
    Developer,
    /// A service principal of its own.
    Own,
}

impl DirectoryArgs {
    /// The flags as the directory's rules.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            users: self.users.clone(),
            applications: self.applications.clone(),
            admission: if self.closed_directory { Admission::Closed } else { Admission::FirstUse },
            system_identity: match self.system_identity {
                SystemIdentityArg::Developer => SystemIdentity::Developer,
                SystemIdentityArg::Own => SystemIdentity::Own,
            },
        }
    }
}

fn user(text: &str) -> Result<UserPrincipalName, String> {
    UserPrincipalName::parse(text).ok_or_else(|| "a user's name is like user@domain.com".to_owned())
}

fn application(text: &str) -> Result<(Uuid, Option<Secret>), String> {
    let (id, secret) =
        text.split_once('=').map_or((text, None), |(id, secret)| (id, Some(Secret::of(secret))));
    let id = id.parse().map_err(|_| "an application is named by its client id, a GUID".to_owned())?;
    Ok((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, parse};

    fn cli(line: &str) -> Result<Cli, String> {
        parse(line.split(' ').map(std::ffi::OsString::from))
    }

    #[test]
    fn every_flag_reaches_the_rules() {
        let id = Uuid::from_u128(7);
        let rules = cli(&format!(
            "akv --in-memory --user me@a.b,you@a.b --app {id}=s3cret --closed-directory --system-identity own"
        ));
        let rules = rules.unwrap().serve.config().unwrap().directory;
        assert_eq!(rules.users.len(), 2);
        assert_eq!(rules.applications, [(id, Some(Secret::of("s3cret")))]);
        assert_eq!(rules.admission, Admission::Closed);
        assert_eq!(rules.system_identity, SystemIdentity::Own);
    }

    #[test]
    fn a_bad_flag_names_itself_and_the_mend() {
        for (line, parts) in [
            ("akv --user me", ["--user", "user@domain.com"]),
            ("akv --app x=y", ["--app", "GUID"]),
            ("akv --system-identity both", ["--system-identity", "developer"]),
        ] {
            let complaint = cli(line).unwrap_err();
            assert!(parts.iter().all(|part| complaint.contains(part)), "{line}: {complaint}");
        }
    }
}
