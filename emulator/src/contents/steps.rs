//! Contents as operations, in an order in which each finds what it needs: issuers before the certificates they issue.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::folder::certificate_value;
use super::{Body, Contents, ContentsError, FileBody, SecretContents, VaultContents, members, unusable};
use crate::wire::{certificates, issuers, keys, secrets};

const CONTACTS: &str = "/certificates/contacts";

/// One of Azure's operations, by its request.
#[derive(Clone, PartialEq)]
pub struct Step {
    /// The vault's name.
    pub vault: String,
    /// HTTP method.
    pub method: &'static str,
    /// Path.
    pub path: String,
    /// JSON body, null for none. It may hold secrets.
    pub body: Value,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Step({} {} {})", self.method, self.vault, self.path)
    }
}

impl Step {
    /// Which members of its body Azure does not know, if any.
    fn complaint(&self) -> Option<String> {
        let form = match (self.path.split('/').nth(1), self.method) {
            (Some("secrets"), "PUT") => members::unknown::<secrets::SetRequest>,
            (Some("keys"), "PUT") => members::unknown::<keys::ImportRequest>,
            (Some("keys"), "POST") => members::unknown::<keys::CreateRequest>,
            (Some("certificates"), "POST") if self.path.ends_with("/import") => {
                members::unknown::<certificates::ImportRequest>
            }
            (Some("certificates"), "POST") => members::unknown::<certificates::CreateRequest>,
            (Some("certificates"), "PUT") if self.path == CONTACTS => {
                members::unknown::<issuers::SetContactsRequest>
            }
            (Some("certificates"), "PUT") => members::unknown::<issuers::SetIssuerRequest>,
            _ => return None,
        };
        let complaint = members::complaint(&form(&self.body))?;
        Some(format!("vault `{}`, {}: {complaint}", self.vault, self.path))
    }
}

impl Contents {
    /// The operations that bring the contents about; reads the files they name.
    ///
    /// # Errors
    /// One line that names a file that cannot be read, or every member that Azure does not know.
    pub fn steps(&self) -> Result<Vec<Step>, ContentsError> {
        let mut steps = Vec::new();
        for (vault, contents) in &self.vaults {
            for (method, path, body) in self.requests(contents)? {
                steps.push(Step { vault: vault.to_ascii_lowercase(), method, path, body });
            }
        }
        let complaints: Vec<_> = steps.iter().filter_map(Step::complaint).collect();
        if complaints.is_empty() { Ok(steps) } else { Err(self.refused(&complaints)) }
    }

    /// The names of the vaults, those without objects too.
    pub fn vaults(&self) -> impl Iterator<Item = String> {
        self.vaults.keys().map(|name| name.to_ascii_lowercase())
    }

    fn requests(&self, vault: &VaultContents) -> Result<Vec<(&'static str, String, Value)>, ContentsError> {
        let mut requests = Vec::new();
        if !vault.contacts.is_empty() {
            requests.push(("PUT", CONTACTS.to_owned(), json!({"contacts": vault.contacts})));
        }
        for (name, body) in &vault.issuers {
            requests.push(("PUT", format!("/certificates/issuers/{name}"), json!(body)));
        }
        for (name, secret) in &vault.secrets {
            requests.push(("PUT", format!("/secrets/{name}"), self.secret(secret)?));
        }
        for (name, body) in &vault.keys {
            requests.push(match body.contains_key("key") {
                true => ("PUT", format!("/keys/{name}"), json!(body)),
                false => ("POST", format!("/keys/{name}/create"), json!(body)),
            });
        }
        for (name, body) in &vault.certificates {
            requests.push(match body.file.is_some() || body.body.contains_key("value") {
                true => ("POST", format!("/certificates/{name}/import"), self.import(body)?),
                false => ("POST", format!("/certificates/{name}/create"), create(name, &body.body)),
            });
        }
        for path in &vault.deleted {
            let is_object =
                ["secrets/", "keys/", "certificates/"].iter().any(|family| path.starts_with(family));
            if !is_object {
                let forms = "secrets/NAME, keys/NAME or certificates/NAME";
                return Err(ContentsError(format!("deleted `{path}`: write {forms}")));
            }
            requests.push(("DELETE", format!("/{path}"), Value::Null));
        }
        Ok(requests)
    }

    /// The files that are named, in no order.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let of_vault = |vault: &VaultContents| {
            let secrets = vault.secrets.values().filter_map(|secret| match secret {
                SecretContents::Value(_) => None,
                SecretContents::Body(body) => body.file.clone(),
            });
            secrets
                .chain(vault.certificates.values().filter_map(|body| body.file.clone()))
                .collect::<Vec<_>>()
        };
        self.vaults.values().flat_map(of_vault).map(|file| self.folder.join(file)).collect()
    }

    fn secret(&self, secret: &SecretContents) -> Result<Value, ContentsError> {
        match secret {
            SecretContents::Value(value) => Ok(json!({"value": value})),
            SecretContents::Body(of) => {
                let mut body = of.body.clone();
                if let Some(bytes) = self.file(of)? {
                    let text =
                        String::from_utf8(bytes).map_err(|_| ContentsError("a secret is text".into()))?;
                    body.insert("value".to_owned(), text.into());
                }
                Ok(body.into())
            }
        }
    }

    fn import(&self, of: &FileBody) -> Result<Value, ContentsError> {
        let mut body = of.body.clone();
        if let Some(bytes) = self.file(of)? {
            let (value, content_type) = certificate_value(bytes);
            body.insert("value".to_owned(), value);
            let policy = body.entry("policy").or_insert_with(|| json!({}));
            if let Some(policy) = policy.as_object_mut() {
                policy.entry("secret_props").or_insert_with(|| json!({"contentType": content_type}));
            }
        }
        Ok(body.into())
    }

    fn file(&self, of: &FileBody) -> Result<Option<Vec<u8>>, ContentsError> {
        let Some(file) = &of.file else { return Ok(None) };
        let path = self.folder.join(file);
        fs::read(&path).map(Some).map_err(|error| unusable(&path, &error))
    }
}

/// A certificate whose policy says nothing of subject and issuer is its own, for `CN=` its name, unless it is the
/// platform's.
fn create(name: &str, body: &Body) -> Value {
    let mut body = body.clone();
    let policy = body.entry("policy").or_insert_with(|| json!({}));
    if let Some(policy) = policy.as_object_mut()
        && !policy.contains_key("platformManaged")
    {
        policy.entry("issuer").or_insert_with(|| json!({"name": "Self"}));
        let x509 = policy.entry("x509_props").or_insert_with(|| json!({}));
        if let Some(x509) = x509.as_object_mut()
            && !x509.contains_key("sans")
        {
            x509.entry("subject").or_insert_with(|| format!("CN={name}").into());
        }
    }
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(toml: &str) -> Vec<String> {
        let steps = Contents::from_toml(toml).unwrap().steps().unwrap();
        steps.iter().map(|s| format!("{} {}{} {}", s.method, s.vault, s.path, s.body)).collect()
    }

    #[test]
    fn objects_are_azures_own_bodies_and_issuers_come_before_certificates() {
        let toml = r#"
            [vaults.KV.secrets]
            db = "x"
            api = { value = "y", contentType = "text/plain" }
            [vaults.KV.keys]
            sign = { kty = "EC", crv = "P-256" }
            mine = { key = { kty = "EC" } }
            [vaults.KV.certificates.web.policy.key_props]
            kty = "EC"
            [vaults.KV.issuers.ca]
            provider = "DigiCert"
        "#;
        assert_eq!(
            requests(toml),
            [
                r#"PUT kv/certificates/issuers/ca {"provider":"DigiCert"}"#,
                r#"PUT kv/secrets/api {"contentType":"text/plain","value":"y"}"#,
                r#"PUT kv/secrets/db {"value":"x"}"#,
                r#"PUT kv/keys/mine {"key":{"kty":"EC"}}"#,
                r#"POST kv/keys/sign/create {"crv":"P-256","kty":"EC"}"#,
                r#"POST kv/certificates/web/create {"policy":{"issuer":{"name":"Self"},"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=web"}}}"#,
            ]
        );
    }

    #[test]
    fn what_the_platform_is_asked_for_is_left_as_it_is() {
        let toml = r#"
            [vaults.kv.certificates.web.policy.platformManaged]
            certificateUsage = "PublicTLSServerAuth"
        "#;
        let policy = r#"{"policy":{"platformManaged":{"certificateUsage":"PublicTLSServerAuth"}}}"#;
        assert_eq!(requests(toml), [format!("POST kv/certificates/web/create {policy}")]);
    }

    #[test]
    fn a_file_is_the_value_and_its_form_the_content_type() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.pem"), "-----BEGIN X-----").unwrap();
        fs::write(folder.path().join("s.txt"), "text").unwrap();
        let toml = "[vaults.kv.certificates]\nc.file = 'c.pem'\n[vaults.kv.secrets]\ns.file = 's.txt'";
        let path = folder.path().join("akv.toml");
        fs::write(&path, toml).unwrap();
        let steps = Contents::read(&path).unwrap().steps().unwrap();
        assert_eq!(steps[0].body, json!({"value": "text"}));
        assert_eq!(
            steps[1].body,
            json!({"value": "-----BEGIN X-----", "policy": {"secret_props": {"contentType": "application/x-pem-file"}}})
        );
        fs::remove_file(folder.path().join("s.txt")).unwrap();
        let missing = Contents::read(&path).unwrap().steps().unwrap_err().to_string();
        assert!(missing.contains("s.txt"), "{missing}");
    }
}
