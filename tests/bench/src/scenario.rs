//! A vault as somebody has it: made by the control plane, with an access policy for its caller, a thousand secrets, keys
//! and a certificate; and the operations on it that are measured.
//!
//! The caller's token is of the emulator's own login authority, so every request is authenticated, permitted and checked.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::Outcome;
use crate::bare::Canned;
use crate::connection::{Answer, Connection, Dialler, Protocol, VAULT, Wanted};
use crate::load::{Make, Work};
use crate::process::Server;
use crate::raw::Raw;

const LOGIN: &str = "login.microsoftonline.com";
const MANAGEMENT: &str = "management.azure.com";
const VERSION: &str = "api-version=7.6";
/// As many secrets as the vault has; those that are set again are others.
const SECRETS: u64 = 1000;

/// One operation: what is asked of the emulator, and of the bare server.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) raw: Raw,
    pub(crate) akv: Work,
    pub(crate) bare: Work,
}

pub(crate) struct Scenario {
    pub(crate) token: String,
    pub(crate) operations: Vec<Operation>,
    pub(crate) canned: Vec<Canned>,
}

pub(crate) fn wanted(method: Method, target: impl Into<String>, body: &Value) -> Wanted {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    Wanted { method, target: target.into(), body }
}

pub(crate) fn at(path: &str) -> String {
    format!("{path}?{VERSION}")
}

/// A self-signed certificate on P-256.
pub(crate) fn ec_policy() -> Value {
    json!({"policy": {
        "key_props": {"kty": "EC", "crv": "P-256", "reuse_key": false, "exportable": true},
        "x509_props": {"subject": "CN=bench"},
        "issuer": {"name": "Self"},
    }})
}

/// A token of the login authority for the application `akv-bench`.
async fn token(server: &Server, resource: &str) -> Outcome<String> {
    let mut login = Dialler::new(server, Protocol::Http1, LOGIN, "")?.connect().await?;
    let form = format!(
        "grant_type=client_credentials&client_id=00000000-0000-0000-0000-0000000000be&client_secret=any&scope=https%3A%2F%2F{resource}%2F.default"
    );
    let target = format!("/{}/oauth2/v2.0/token", akv_emulator::identity::DEFAULT_TENANT);
    let answer = login.ask(&Wanted { method: Method::POST, target, body: form.into() }).await?;
    let answer = json_of(&answer, 200)?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

fn json_of(answer: &Answer, status: u16) -> Outcome<Value> {
    if answer.status != status {
        return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// Makes the vault by the control plane; the token of somebody whom its access policy lets do everything.
pub(crate) async fn make_vault(server: &Server) -> Outcome<String> {
    let (management, vault) = (token(server, MANAGEMENT).await?, token(server, "vault.azure.net").await?);
    let claims = vault.split('.').nth(1).ok_or("no claims")?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
    let mut control = Dialler::new(server, Protocol::Http1, MANAGEMENT, &management)?.connect().await?;
    let list = wanted(Method::GET, "/subscriptions?api-version=2022-12-01", &Value::Null);
    let subscriptions = json_of(&control.ask(&list).await?, 200)?;
    let subscription = subscriptions["value"][0]["id"].as_str().ok_or("no subscription")?;
    let group = format!("{subscription}/resourceGroups/bench");
    let body = json!({"location": "eastus"});
    let target = format!("{group}?api-version=2022-09-01");
    json_of(&control.ask(&wanted(Method::PUT, target, &body)).await?, 201)?;
    let body = json!({"location": "eastus", "properties": {
        "tenantId": claims["tid"],
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [{"tenantId": claims["tid"], "objectId": claims["oid"], "permissions": {
            "secrets": ["all", "purge"], "keys": ["all", "purge"], "certificates": ["all", "purge"],
        }}],
    }});
    let name = VAULT.split('.').next().unwrap_or_default();
    let target = format!("{group}/providers/Microsoft.KeyVault/vaults/{name}?api-version=2023-07-01");
    json_of(&control.ask(&wanted(Method::PUT, target, &body)).await?, 200)?;
    Ok(vault)
}

impl Scenario {
    /// Fills the vault of `server`.
    pub(crate) async fn prepare(server: &Server) -> Outcome<Self> {
        let token = make_vault(server).await?;
        let mut vault = Dialler::new(server, Protocol::Http1, VAULT, &token)?.connect().await?;
        for number in 0..SECRETS {
            let body = json!({"value": "x".repeat(100)});
            json_of(
                &vault.ask(&wanted(Method::PUT, at(&format!("/secrets/s-{number:04}")), &body)).await?,
                200,
            )?;
        }
        let rsa = create_key(&mut vault, "rsa", &json!({"kty": "RSA"})).await?;
        let ec = create_key(&mut vault, "ec", &json!({"kty": "EC", "crv": "P-256"})).await?;
        let create = wanted(Method::POST, at("/certificates/web/create"), &ec_policy());
        json_of(&vault.ask(&create).await?, 202)?;
        let value = json!({"value": "x".repeat(100)});
        let mut made = Self { token, operations: Vec::new(), canned: Vec::new() };
        let get = |path: &str| always(Method::GET, path, &Value::Null);
        let sign = |key: &str, algorithm: &str| {
            let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, b"text").as_ref());
            always(Method::POST, &format!("{key}/sign"), &json!({"alg": algorithm, "value": digest}))
        };
        let named = |method: Method, before: &'static str, names: u64, after: &'static str, body: &Value| {
            let body = Bytes::from(body.to_string());
            let make: Make = Arc::new(move |number| Wanted {
                method: method.clone(),
                target: at(&format!("{before}{}{after}", number % names)),
                body: body.clone(),
            });
            make
        };
        let set = named(Method::PUT, "/secrets/set-", SECRETS, "", &value);
        let create = named(Method::POST, "/certificates/c-", u64::MAX, "/create", &ec_policy());
        let create = unique(create);
        made.add(&mut vault, "GET secret", Raw::Nothing, get("/secrets/s-0500"), 200).await?;
        made.add(&mut vault, "list secrets, a page of 25", Raw::Nothing, get("/secrets"), 200).await?;
        made.add(&mut vault, "set secret", Raw::Nothing, set, 200).await?;
        made.add(&mut vault, "GET certificate", Raw::Nothing, get("/certificates/web"), 200).await?;
        made.add(&mut vault, "sign ES256", Raw::Es256, sign(&ec, "ES256"), 200).await?;
        made.add(&mut vault, "sign RS256", Raw::Rs256, sign(&rsa, "RS256"), 200).await?;
        made.add(&mut vault, "create certificate, P-256", Raw::EcCertificate, create, 202).await?;
        Ok(made)
    }

    /// An operation, and a recorded answer to it for the bare server, which gets every request on one path.
    async fn add(
        &mut self,
        vault: &mut Connection,
        name: &'static str,
        raw: Raw,
        make: Make,
        status: u16,
    ) -> Outcome<()> {
        let first = make(0);
        let answer = vault.ask(&first).await?;
        json_of(&answer, status)?;
        let path = first.target.split('?').next().unwrap_or_default().to_owned();
        self.canned.push(Canned::new(&path, raw, &answer)?);
        let bare: Make = Arc::new(move |_| first.clone());
        let work = |make| Work { make, status };
        self.operations.push(Operation { name, raw, akv: work(make), bare: work(bare) });
        Ok(())
    }
}

/// The same request each time.
fn always(method: Method, path: &str, body: &Value) -> Make {
    let wanted = wanted(method, at(path), body);
    Arc::new(move |_| wanted.clone())
}

/// Counts on by itself, so that no two rounds ask for one name.
fn unique(make: Make) -> Make {
    let next = std::sync::atomic::AtomicU64::new(0);
    Arc::new(move |_| make(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
}

/// Creates a key; its path with the version, as the SDKs use it.
pub(crate) async fn create_key(vault: &mut Connection, name: &str, body: &Value) -> Outcome<String> {
    let answer = vault.ask(&wanted(Method::POST, at(&format!("/keys/{name}/create")), body)).await?;
    let made = json_of(&answer, 200)?;
    let kid = made["key"]["kid"].as_str().ok_or("no key was made")?;
    Ok(kid.split_once(".net").ok_or("no kid")?.1.to_owned())
}
