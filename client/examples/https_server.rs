//! An HTTPS server whose certificate is in a vault, and which follows its renewals.
//!
//! ```sh
//! akv run -- cargo run -p akv-client --features rustls --example https_server -- web 127.0.0.1:8080
//! curl --insecure https://127.0.0.1:8080
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use akv_client::{EnsureCertificate, FollowedCertificate, OnDeleted, PolicyDefaults, Schedule, Vault};
use azure_security_keyvault_certificates::models::CertificatePolicy;
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> ExitCode {
    akv_client::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "web".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());

    let vault = Vault::connect()?;
    let policy = CertificatePolicy::issued_by("Self", "CN=localhost").dns_names(["localhost"]);
    vault.certificates().ensure_certificate(&name, policy, OnDeleted::Recover).await?;
    let certificate = FollowedCertificate::load(&vault, &name, Schedule::default()).await?;

    let mut config =
        ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::clone(&certificate) as _);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::bind(&address).await?;
    eprintln!("https://{} with version {}", listener.local_addr()?, certificate.status().version);
    serve(listener, TlsAcceptor::from(Arc::new(config)), certificate).await
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    certificate: Arc<FollowedCertificate>,
) -> Result<(), Box<dyn Error>> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (acceptor, certificate) = (acceptor.clone(), Arc::clone(&certificate));
        #[expect(clippy::disallowed_methods, reason = "a server answers many at once")]
        tokio::spawn(async move {
            if let Err(error) = answer(stream, acceptor, certificate).await {
                eprintln!("{error}");
            }
        });
    }
}

async fn answer(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    certificate: Arc<FollowedCertificate>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let stream = TokioIo::new(acceptor.accept(stream).await?);
    let hello = service_fn(move |_| {
        let status = certificate.status();
        let text = format!("version {}, valid until {:?}\n", status.version, status.expires);
        async move { Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(text)))) }
    });
    auto::Builder::new(TokioExecutor::new()).serve_connection(stream, hello).await
}
