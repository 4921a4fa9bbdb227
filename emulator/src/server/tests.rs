//! The server over loopback, as its clients use it. It must not reach any other host, nor wait for time to pass.

use bytes::Bytes;
use http::{Method, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

use super::connection::Stream;
use super::*;
use crate::timestamp::Timestamp;
use crate::tls::{self, CertificateAuthority};

/// A server on a port of its own; it stops when this is dropped.
struct Running {
    address: SocketAddr,
    authority: Arc<CertificateAuthority>,
    stop: oneshot::Sender<()>,
    tasks: JoinSet<()>,
}

#[derive(Clone, Copy)]
enum Network {
    Reachable,
    Offline,
}

fn now() -> Timestamp {
    Timestamp::from_seconds(i64::try_from(UnixTime::now().as_secs()).unwrap())
}

fn start(network: Network) -> Running {
    let authority = Arc::new(CertificateAuthority::generate(now()).unwrap());
    let config = Arc::new(tls::server_config(Arc::clone(&authority), vec!["akv".to_owned()], now).unwrap());
    let options = ServerOptions {
        bind: "127.0.0.1:0".parse().unwrap(),
        offline: matches!(network, Network::Offline),
        names: vec!["akv".to_owned()],
    };
    let server = Server::bind(options, config, Service::new(crate::http::State::for_tests())).unwrap();
    let address = server.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(server.serve(async {
        let _ = stopped.await;
    }));
    Running { address, authority, stop, tasks }
}

impl Running {
    async fn dial(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn tls<S: Stream>(
        &self,
        stream: S,
        host: &str,
        protocols: &[&str],
    ) -> io::Result<tokio_rustls::client::TlsStream<S>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Sends `request` on a connection of its own and returns all that comes back.
    async fn ask(&self, request: &str) -> String {
        talk(&mut self.dial().await, request).await
    }

    /// Opens a tunnel and returns it with the head of the answer.
    async fn connect(&self, target: &str) -> (TcpStream, String) {
        let mut stream = self.dial().await;
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = head_of(&mut stream).await;
        (stream, answer)
    }
}

async fn talk(stream: &mut (impl Stream + ?Sized), request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads up to the empty line, and not beyond it.
async fn head_of(stream: &mut impl Stream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

/// Whether the answer is the service's and not the proxy's own.
fn is_from_the_service(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 ") && !answer.contains("text/plain") && !answer.starts_with("HTTP/1.1 502")
}

/// Another server on this machine: takes one connection and gives `answer` to whatever it says.
async fn neighbour(answer: &'static str) -> (SocketAddr, JoinSet<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head_of(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        head
    });
    (address, tasks)
}

#[tokio::test]
async fn https_is_answered_for_every_host_of_ours() {
    let server = start(Network::Offline);
    for host in
        ["contoso.vault.azure.net", "login.microsoftonline.com", "x.vault.localhost", "127.0.0.1", "::1"]
    {
        let mut stream = server.tls(server.dial().await, host, &["http/1.1"]).await.unwrap();
        let answer = talk(&mut stream, &get("/health", host)).await;
        assert!(is_from_the_service(&answer), "{host}: {answer}");
    }
}

#[tokio::test]
async fn http2_is_answered_where_the_client_prefers_it() {
    let server = start(Network::Offline);
    let host = "contoso.vault.azure.net";
    let stream = server.tls(server.dial().await, host, &["h2", "http/1.1"]).await.unwrap();
    let (mut sender, driver) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(driver);
    let url = format!("https://{host}/secrets/a?api-version=7.4");
    let mut bodies = Vec::new();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let request = Request::builder().method(&method).uri(&url).body(Full::<Bytes>::default()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2);
        let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), if method == Method::HEAD { 0 } else { length }, "{method}");
        bodies.push((length, body));
    }
    assert_eq!(bodies[0].0, bodies[1].0, "HEAD has the length of GET");
}

/// keys-and-secrets.md sections 1.1 and 1.4.
#[tokio::test]
async fn a_vaults_answers_are_dated_and_a_pools_are_not() {
    let server = start(Network::Offline);
    for (host, dates) in [("contoso.vault.azure.net", 1), ("contoso.managedhsm.azure.net", 0)] {
        let mut stream = server.tls(server.dial().await, host, &["http/1.1"]).await.unwrap();
        let answer = talk(&mut stream, &get("/keys?api-version=7.4", host)).await;
        let named = answer.lines().filter(|line| line.to_ascii_lowercase().starts_with("date: "));
        assert_eq!(named.count(), dates, "{answer}");
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");

        let stream = server.tls(server.dial().await, host, &["h2"]).await.unwrap();
        let (mut sender, driver) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(driver);
        let request = Request::get(format!("https://{host}/keys?api-version=7.4"));
        let answer = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
        assert_eq!(answer.headers().get_all("date").iter().count(), dates, "{host}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_ours_gets_no_certificate() {
    let server = start(Network::Offline);
    let error = server.tls(server.dial().await, "example.com", &[]).await.unwrap_err();
    assert!(error.to_string().contains("alert"), "{error}");
}

#[tokio::test]
async fn a_tunnel_to_a_vault_ends_here_whatever_is_spoken_in_it() {
    let server = start(Network::Offline);
    let host = "contoso.vault.azure.net";
    let (tunnel, head) = server.connect(&format!("{host}:443")).await;
    assert_eq!(head.lines().next(), Some("HTTP/1.1 200 Connection established"));
    let mut secure = server.tls(tunnel, host, &[]).await.unwrap();
    assert!(is_from_the_service(&talk(&mut secure, &get("/secrets", host)).await));
    let (mut tunnel, _) = server.connect("169.254.169.254:80").await;
    let answer = talk(&mut tunnel, &get("/metadata/identity/oauth2/token", "169.254.169.254")).await;
    assert!(is_from_the_service(&answer), "{answer}");
}

#[tokio::test]
async fn a_tunnel_to_our_own_port_ends_here_and_holds_no_second_tunnel() {
    let server = start(Network::Offline);
    let (mut tunnel, head) = server.connect(&server.address.to_string()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let nested = "CONNECT a.vault.azure.net:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = talk(&mut tunnel, nested).await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[tokio::test]
async fn a_name_that_we_go_by_is_ours_on_our_own_port_only() {
    let server = start(Network::Offline);
    let own = format!("akv:{}", server.address.port());
    let (tunnel, head) = server.connect(&own).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut secure = server.tls(tunnel, "akv", &[]).await.unwrap();
    assert!(is_from_the_service(&talk(&mut secure, &get("/akv/health", &own)).await));
    assert!(server.connect("akv:1").await.1.starts_with("HTTP/1.1 502"));
}

#[tokio::test]
async fn a_tunnel_to_another_host_is_passed_through_untouched() {
    let (address, mut heard) = neighbour("\0\u{16}any bytes at all").await;
    let server = start(Network::Reachable);
    let (mut tunnel, head) = server.connect(&address.to_string()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(talk(&mut tunnel, "hello\r\n\r\n").await, "\0\u{16}any bytes at all");
    assert_eq!(heard.join_next().await.unwrap().unwrap(), "hello\r\n\r\n");
}

#[tokio::test]
async fn offline_every_other_host_is_refused_at_once_with_the_reason() {
    let server = start(Network::Offline);
    let (mut stream, head) = server.connect("dc.services.visualstudio.com:443").await;
    assert!(head.starts_with("HTTP/1.1 502 Bad Gateway"), "{head}");
    let mut body = [0; 21];
    stream.read_exact(&mut body).await.unwrap();
    assert!(b"dc.services.visualstudio.com:443".starts_with(&body));
    let answer = server.ask(&get("http://example.com/", "example.com")).await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("runs offline"), "{answer}");
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_a_bad_gateway() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = start(Network::Reachable);
    let (_, head) = server.connect(&gone.to_string()).await;
    assert!(head.starts_with("HTTP/1.1 502"), "{head}");
    let answer = server.ask(&get(&format!("http://{gone}/"), "x")).await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("cannot be reached"), "{answer}");
}

#[tokio::test]
async fn a_connect_without_host_and_port_is_a_bad_request() {
    let server = start(Network::Offline);
    for target in
        ["example.com", "contoso.vault.azure.net", "a@b.vault.azure.net:443", "/x", "a:0", "a:99999"]
    {
        let (_, head) = server.connect(target).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{target}: {head}");
    }
}

#[tokio::test]
async fn absolute_targets_of_ours_are_answered_here_even_offline() {
    let server = start(Network::Offline);
    let own = format!("http://{}/msi/token?resource=x", server.address);
    for target in ["http://169.254.169.254/metadata/instance", &own, "http://a.vault.azure.net/", "/health"] {
        let answer = server.ask(&get(target, "whatever")).await;
        assert!(is_from_the_service(&answer), "{target}: {answer}");
    }
}

#[tokio::test]
async fn absolute_targets_of_others_are_passed_on_without_the_hops_headers() {
    let (address, mut heard) =
        neighbour("HTTP/1.1 418 Short\r\nContent-Length: 3\r\nKeep-Alive: x\r\nX-Own: y\r\n\r\nabc").await;
    let server = start(Network::Reachable);
    let request = format!(
        "GET http://{address}/a/b?c=d HTTP/1.1\r\nHost: wrong\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\
         Proxy-Authorization: secret\r\nAccept: */*\r\n\r\n"
    );
    let answer = server.ask(&request).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 418") && answer.ends_with("\r\n\r\nabc"), "{answer}");
    assert!(answer.contains("x-own: y") && !answer.contains("keep-alive"), "{answer}");
    let head = heard.join_next().await.unwrap().unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get /a/b?c=d http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {address}\r\n")) && head.contains("accept: */*"), "{head}");
    assert!(!head.contains("hop") && !head.contains("secret") && !head.contains("close"), "{head}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_in_azures_form() {
    let server = start(Network::Offline);
    let length = 4 * 1024 * 1024 + 1;
    let head = format!("PUT /secrets/a HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    let answer = server.ask(&(head + &"x".repeat(length))).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("connection: close"), "{answer}");
    assert!(answer.contains(r#"{"error":{"code":"RequestEntityTooLarge","message":""#), "{answer}");
}

#[tokio::test]
async fn peers_that_break_off_or_talk_rubbish_or_say_nothing_harm_nobody() {
    let server = start(Network::Offline);
    let silent = server.dial().await;
    for opening in [&b"\x16\x03\x01rubbish after a TLS start"[..], b"\0\0\0", b"\xff", b"PUT / HTTP/1.1\r\n"]
    {
        let mut stream = server.dial().await;
        stream.write_all(opening).await.unwrap();
        stream.shutdown().await.unwrap();
        // Either a refusal or a close is fine; that it comes at all is the point.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    let mut stream = server.dial().await;
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
    drop(stream);
    assert!(is_from_the_service(&server.ask(&get("/health", "localhost")).await));
    drop(silent);
}

#[tokio::test]
async fn a_stop_lets_the_running_request_end_and_idle_connections_go() {
    let mut server = start(Network::Offline);
    let silent = server.dial().await;
    let (tunnel, _) = server.connect("a.vault.azure.net:443").await;
    let (kept, refused) = server.connect("example.com:443").await;
    assert!(refused.starts_with("HTTP/1.1 502"), "{refused}");
    let mut busy = server.dial().await;
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    busy.write_all(head.as_bytes()).await.unwrap();
    assert!(head_of(&mut busy).await.starts_with("HTTP/1.1 100"));
    server.stop.send(()).unwrap();
    for mut idle in [silent, tunnel, kept] {
        // It ends: a close or a reset, after what was still to be read.
        let _ = idle.read_to_end(&mut Vec::new()).await;
    }
    assert!(is_from_the_service(&talk(&mut busy, "body").await));
    server.tasks.join_next().await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_listener_on_the_network_passes_nothing_on_for_strangers() {
    let authority = Arc::new(CertificateAuthority::generate(now()).unwrap());
    let context = Context {
        acceptor: TlsAcceptor::from(Arc::new(tls::server_config(authority, Vec::new(), now).unwrap())),
        service: Service::new(crate::http::State::for_tests()),
        offline: true,
        names: Vec::new(),
        local: "0.0.0.0:8443".parse().unwrap(),
        stopped: Stop::default().signal(),
    };
    for (peer, status) in [
        ("192.0.2.7:5000", StatusCode::FORBIDDEN),
        ("127.0.0.1:5000", StatusCode::BAD_GATEWAY),
        ("[::ffff:127.0.0.1]:5000", StatusCode::BAD_GATEWAY),
    ] {
        let refusal =
            proxy::dial(&context, peer.parse().unwrap(), &"example.com:443".parse().unwrap(), 0).await;
        assert_eq!(refusal.unwrap_err().0, status, "{peer}");
    }
}

#[test]
fn every_form_of_target_becomes_a_path_and_a_host() {
    for (target, path, host) in [
        ("http://169.254.169.254/a?b=c", "/a?b=c", "169.254.169.254"),
        ("https://contoso.vault.localhost:8443/", "/", "contoso.vault.localhost:8443"),
        ("http://contoso.vault.azure.net", "/", "contoso.vault.azure.net"),
        ("http://me:secret@localhost:8443/x", "/x", "localhost:8443"),
        ("/plain?x", "/plain?x", "as-sent"),
    ] {
        let request = Request::get(target).header("host", "as-sent").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        exchange::to_origin_form(&mut parts);
        assert_eq!(parts.uri.to_string(), path, "{target}");
        assert_eq!(parts.headers["host"], host, "{target}");
    }
}
