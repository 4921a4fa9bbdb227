//! The secrets family: what it has beyond [`objects`], and how its bodies are written (keys-and-secrets.md section 3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use zeroize::Zeroizing;

use crate::crypto;
use crate::error::{Error, Family};
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::objects::{self, Written, changes, reply, version};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::http::writer::Writer;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::View;
use crate::vault::policy::ContentType;
use crate::vault::secrets::{CertificateSecret, Secret, SecretValue};
use crate::wire::secrets::{SecretBundle, SetRequest, UpdateRequest};

/// One operation of the family with what the request gave for it.
#[derive(Debug)]
pub enum Operation {
    /// `PUT /secrets/{name}`
    SetSecret(ObjectName, SetRequest),
    /// `GET /secrets/{name}[/{version}]`
    GetSecret(ObjectName, Option<Version>),
    /// `PATCH /secrets/{name}[/{version}]`
    UpdateSecret(ObjectName, Option<Version>, UpdateRequest),
    /// What keys have as well.
    Common(objects::Operation),
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows `/secrets`.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 404 for a version that cannot be, 405 for a path without that method.
    pub fn route(method: &Method, path: &[&str], target: &Target<'_>, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        let version = |name, segment| version(Family::Secret, name, segment).map(Some);
        Ok(match (method.as_str(), path) {
            ("PUT", [n]) => Op::SetSecret(name(n)?, json(body)?),
            ("GET", [n]) => Op::GetSecret(name(n)?, None),
            ("GET", [n, v]) if *v != "versions" => Op::GetSecret(name(n)?, version(n, v)?),
            ("PATCH", [n]) => Op::UpdateSecret(name(n)?, None, json(body)?),
            ("PATCH", [n, v]) => Op::UpdateSecret(name(n)?, version(n, v)?, json(body)?),
            _ => Op::Common(objects::Operation::route(method, path, target, body)?),
        })
    }
}

impl Operation {
    /// Its name in Azure's audit log.
    #[must_use]
    pub fn audit_name(&self) -> &'static str {
        match self {
            Self::SetSecret(..) => "SecretSet",
            Self::GetSecret(..) => "SecretGet",
            Self::UpdateSecret(..) => "SecretUpdate",
            Self::Common(operation) => operation.audit_name(Family::Secret),
        }
    }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub async fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, Error> {
    use Operation as Op;
    let (vault, now) = (&call.vault, call.now);
    match operation {
        Op::SetSecret(name, request) => set(&name, request, call),
        Op::GetSecret(name, version) => get(&vault.object(&name, version, now)?, call).await,
        Op::UpdateSecret(name, version, request) => {
            let changes = changes(request.attributes, request.tags);
            let content_type = request.content_type.map(Into::into);
            let view = vault.update_secret(&name, version, changes, content_type, now)?;
            reply(&view, &Writer::new(call))
        }
        Op::Common(operation) => objects::run::<Secret>(operation, call).await,
    }
}

/// The answer has the value, also of a disabled secret.
fn set(name: &ObjectName, request: SetRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let value = SecretValue::text(&request.value.ok_or(Error::InvalidBody)?)?;
    let secret = Secret { value, content_type: request.content_type.map(Into::into) };
    let wishes = changes(request.attributes, request.tags);
    let view = call.vault.set_secret(name, secret, wishes, call.draw.version(), call.now)?;
    let bundle = bundle(&view, shown(&view.version.content.value), &Writer::new(call));
    Ok(Reply::ok(&bundle)?.showing(view.version.version))
}

async fn get(view: &View<Secret>, call: &Call<'_>) -> Result<Reply, Error> {
    view.ensure_readable()?;
    let wanted = call.target.query("outContentType").filter(|_| call.api_version.has_out_content_type());
    let invalid = || Error::InvalidProperty { property: "outContentType", detail: None };
    let wanted = wanted.map(|text| ContentType::parse(text).ok_or_else(invalid)).transpose()?;
    let write = Writer::new(call);
    let reply = match (&view.version.content.value, wanted) {
        (SecretValue::Certificate(certificate), _) => {
            let content_type = wanted.unwrap_or(certificate.content_type);
            let value = written(certificate, content_type).await?;
            let bundle = bundle(view, Some(&value), &write);
            Reply::ok(&SecretBundle { content_type: Some(content_type.as_str().into()), ..bundle })
        }
        // There is nothing to convert (section 3.2: an error, 400 or 404).
        (SecretValue::Text(_), Some(_)) => Err(invalid()),
        (value, None) => Reply::ok(&bundle(view, shown(value), &write)),
    };
    Ok(reply?.showing(view.version.version))
}

/// A secret's value by itself, a certificate's in the form that its policy wants.
///
/// # Errors
/// 403 for one that is disabled.
pub(crate) async fn value(view: &View<Secret>) -> Result<Zeroizing<String>, Error> {
    view.ensure_readable()?;
    match &view.version.content.value {
        SecretValue::Text(text) => Ok(Zeroizing::new(text.to_string())),
        SecretValue::Certificate(certificate) => written(certificate, certificate.content_type).await,
    }
}

/// A certificate's secret is written anew each time, off the async threads: deriving a PKCS#12 key takes half a
/// millisecond.
async fn written(
    certificate: &CertificateSecret,
    content_type: ContentType,
) -> Result<Zeroizing<String>, Error> {
    let content = certificate.content();
    let made = tokio::task::spawn_blocking(move || match content_type {
        ContentType::Pem => crypto::write_pem(&content),
        ContentType::Pkcs12 => {
            crypto::write_pkcs12(&content).map(|der| Zeroizing::new(STANDARD.encode(der.as_slice())))
        }
    });
    let made = made.await.map_err(|error| Error::Unexpected(error.to_string()))?;
    made.map_err(|error| Error::Unexpected(error.to_string()))
}

/// What a client set, as it stands.
fn shown(value: &SecretValue) -> Option<&str> {
    match value {
        SecretValue::Text(text) => Some(text),
        SecretValue::Certificate(_) => None,
    }
}

fn bundle<'a>(view: &View<Secret>, value: Option<&'a str>, write: &Writer<'_>) -> SecretBundle<'a> {
    let version = Some(view.version.version);
    let kid = view.managed.map(|_| write.id("keys", &view.name, version));
    let previous = view.managed.and_then(|managed| managed.previous);
    let previous = previous.filter(|_| write.api_version.has_out_content_type());
    let previous_version = previous.map(|version| version.to_string());
    SecretBundle { value, kid, previous_version, ..Secret::item(view, version, write) }
}

impl Written for Secret {
    const COLLECTION: &'static str = "secrets";
    const DELETED: &'static str = "deletedsecrets";
    type Bundle = SecretBundle<'static>;
    type Item = SecretBundle<'static>;

    fn bundle(view: &View<Self>, write: &Writer<'_>) -> SecretBundle<'static> {
        bundle(view, None, write)
    }

    fn item(view: &View<Self>, version: Option<Version>, write: &Writer<'_>) -> SecretBundle<'static> {
        let own = &view.version;
        SecretBundle {
            value: None,
            content_type: own.content.content_type.clone(),
            id: write.id(Self::COLLECTION, &view.name, version),
            managed: view.managed.map(|_| true),
            attributes: write.attributes(&own.attributes),
            tags: own.attributes.tags.clone(),
            kid: None,
            previous_version: None,
        }
    }

    fn ensure_readable(view: &View<Self>) -> Result<(), Error> {
        view.ensure_readable()
    }
}
