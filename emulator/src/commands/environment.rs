//! The variables that make unmodified programs use an emulator, and how each shell writes them.
//!
//! Which client reads which is in identity-and-control-plane.md section 2. It must not change the caller's environment.

use std::net::SocketAddr;
use std::path::Path;

use crate::config::{Shell, inherited};
use crate::http::control::Published;
use crate::tls::TRUST_STORE_PASSWORD;

/// The vault that scripts use unless the user named one.
const DEFAULT_VAULT: &str = "my-vault";

/// Host names that must go through the proxy; an inherited `NO_PROXY` that spares one of them loses that entry.
const PROXIED: &[&str] = &[
    "x.vault.azure.net",
    "login.microsoftonline.com",
    "management.azure.com",
    "graph.microsoft.com",
    "x.vault.localhost",
];

/// Variables to set, and to unset where there is no value.
#[derive(Debug)]
pub struct Variables(Vec<(&'static str, Option<String>)>);

impl Variables {
    /// The variables for the emulator at `address`.
    ///
    /// # Errors
    /// One line, if its certificate authority has no files.
    pub fn new(address: SocketAddr, published: &Published) -> Result<Self, String> {
        let (Some(bundle), Some(truststore)) = (&published.ca_bundle, &published.truststore) else {
            return Err(format!(
                "the emulator at {address} keeps its certificate authority in memory: start it without --in-memory, or take the authority from http://{address}/akv/ca.pem"
            ));
        };
        let url = format!("http://{address}");
        let bundle = bundle.display().to_string();
        let set = |name, value: &str| (name, Some(value.to_owned()));
        // A developer's own proxy must not be asked for our plain-http endpoints.
        let no_proxy = inherited("NO_PROXY").or_else(|| inherited("no_proxy"));
        let no_proxy = no_proxy_for(no_proxy.as_deref(), &address.ip().to_string());
        Ok(Self(vec![
            set("HTTPS_PROXY", &url),
            set("https_proxy", &url),
            set("NO_PROXY", &no_proxy),
            set("no_proxy", &no_proxy),
            set("SSL_CERT_FILE", &bundle),
            set("REQUESTS_CA_BUNDLE", &bundle),
            set("CURL_CA_BUNDLE", &bundle),
            set("NODE_EXTRA_CA_CERTS", &bundle),
            // rustls and Go would read a directory of roots beside the file, OpenSSL before it.
            ("SSL_CERT_DIR", None),
            set(
                "JAVA_TOOL_OPTIONS",
                &java_options(inherited("JAVA_TOOL_OPTIONS").as_deref(), address, truststore),
            ),
            set("IDENTITY_ENDPOINT", &format!("{url}/msi/token")),
            set("IDENTITY_HEADER", &published.identity_header),
            set("AZURE_CORE_COLLECT_TELEMETRY", "false"),
            set("AZURE_CORE_ENABLE_BROKER_ON_WINDOWS", "false"),
            ("KEY_VAULT_NAME", Some(inherited("KEY_VAULT_NAME").unwrap_or_else(|| DEFAULT_VAULT.to_owned()))),
        ]))
    }

    /// Each variable and its value, `None` where it is to be unset.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (*name, value.as_deref()))
    }

    /// The variables as `shell` reads them.
    #[must_use]
    pub fn write(&self, shell: Shell) -> String {
        if shell == Shell::Json {
            // Written by hand to keep the order; names need no escaping.
            let members = self.iter().map(|(name, value)| format!("\"{name}\":{}", serde_json::json!(value)));
            return format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        }
        self.iter().map(|(name, value)| line(shell, name, value)).collect()
    }
}

fn line(shell: Shell, name: &str, value: Option<&str>) -> String {
    match (shell, value) {
        (Shell::Fish, Some(value)) => {
            format!("set -gx {name} '{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        (Shell::Fish, None) => format!("set -e {name}\n"),
        (Shell::Powershell, Some(value)) => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        (Shell::Powershell, None) => format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue\n"),
        (Shell::Dotenv, Some(value)) => format!("{name}={value}\n"),
        (Shell::Dotenv, None) => String::new(),
        (Shell::Sh | Shell::Json, Some(value)) => {
            format!("export {name}='{}'\n", value.replace('\'', "'\\''"))
        }
        (Shell::Sh | Shell::Json, None) => format!("unset {name}\n"),
    }
}

/// Java's own TLS takes no PEM and no proxy from the environment, but its launcher takes options. The developer's own
/// stay in front, without those that an earlier call put there.
fn java_options(inherited: Option<&str>, address: SocketAddr, truststore: &Path) -> String {
    let ours = ["-Dhttps.proxyHost=", "-Dhttps.proxyPort=", "-Djavax.net.ssl.trustStore"];
    let mut options: String = inherited
        .unwrap_or_default()
        .split_whitespace()
        .filter(|option| !ours.iter().any(|prefix| option.starts_with(prefix)))
        .flat_map(|option| [option, " "])
        .collect();
    options.push_str(&format!(
        "-Dhttps.proxyHost={} -Dhttps.proxyPort={} -Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}",
        address.ip(),
        address.port(),
        truststore.display()
    ));
    options
}

/// The emulator's own address, behind the inherited entries that spare none of its hosts. `localhost` stays out: to
/// some clients it would spare `NAME.vault.localhost` too.
fn no_proxy_for(inherited: Option<&str>, own: &str) -> String {
    let spares_ours = |entry: &str| {
        let suffix = entry.trim_start_matches('*').trim_start_matches('.');
        entry == "*" || PROXIED.iter().any(|host| *host == suffix || host.ends_with(&format!(".{suffix}")))
    };
    let entries = inherited.unwrap_or_default().split(',').map(str::trim);
    let kept = entries.filter(|entry| !entry.is_empty() && *entry != own && !spares_ours(entry));
    kept.chain([own]).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let published = Published {
            identity_header: "it's".to_owned(),
            ca_bundle: Some("/d/ca-bundle.pem".into()),
            truststore: Some("/d/truststore.p12".into()),
            ..Published::default()
        };
        Variables::new("127.0.0.1:8443".parse().unwrap(), &published).unwrap()
    }

    #[test]
    fn each_shell_gets_its_own_quoting() {
        let variables = variables();
        let header = |shell| {
            let written = variables.write(shell);
            written.lines().find(|line| line.contains("IDENTITY_HEADER")).unwrap().to_owned()
        };
        assert_eq!(header(Shell::Sh), r"export IDENTITY_HEADER='it'\''s'");
        assert_eq!(header(Shell::Fish), r"set -gx IDENTITY_HEADER 'it\'s'");
        assert_eq!(header(Shell::Powershell), "$env:IDENTITY_HEADER = 'it''s'");
        assert_eq!(header(Shell::Dotenv), "IDENTITY_HEADER=it's");
        let json: serde_json::Value = serde_json::from_str(&variables.write(Shell::Json)).unwrap();
        assert_eq!(json["IDENTITY_HEADER"], "it's");
        assert_eq!(json["SSL_CERT_DIR"], serde_json::Value::Null);
    }

    /// identity-and-control-plane.md section 2: `HTTP_PROXY` would make the metadata service win over a login.
    #[test]
    fn plain_http_is_not_sent_through_the_proxy() {
        assert!(variables().iter().all(|(name, _)| !name.eq_ignore_ascii_case("http_proxy")));
    }

    #[test]
    fn an_inherited_no_proxy_keeps_what_does_not_spare_our_hosts() {
        let own = |text| no_proxy_for(text, "127.0.0.1");
        assert_eq!(own(Some("corp.example, 10.0.0.1")), "corp.example,10.0.0.1,127.0.0.1");
        assert_eq!(
            own(Some("corp.example,.azure.net,*.microsoftonline.com,localhost")),
            "corp.example,127.0.0.1"
        );
        assert_eq!(own(Some("*")), "127.0.0.1");
        assert_eq!(own(None), "127.0.0.1");
    }

    #[test]
    fn a_developers_java_options_stay_and_ours_do_not_pile_up() {
        let options = |inherited| java_options(inherited, "127.0.0.1:1".parse().unwrap(), Path::new("/t"));
        let once = options(Some("-Dmine=1"));
        assert!(once.starts_with("-Dmine=1 -Dhttps.proxyHost=127.0.0.1 "), "{once}");
        assert_eq!(options(Some(&once)), once);
    }

    #[test]
    fn an_authority_in_memory_is_said_to_be_one() {
        let refused = Variables::new("127.0.0.1:1".parse().unwrap(), &Published::default()).unwrap_err();
        assert!(refused.contains("--in-memory") && refused.contains("/akv/ca.pem"), "{refused}");
    }
}
