//! The transport of the official clients: pooled HTTP/1.1 and HTTP/2 connections.
//!
//! Answers are read whole: a vault's are small. It must not decide what an answer means.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use azure_core::{Bytes, Error};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::time::Instant;

use super::Limits;
use super::dial::{Connector, Dialer, address};
use super::exchange;
use super::unreachable::{TookTooLong, Unreachable, causes};

type Sent = http::Request<Full<Bytes>>;
type Pool = Client<Connector<HttpsConnector<Dialer>>, Full<Bytes>>;

/// Between two attempts to reach a host for the first time.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct HttpsClient {
    connector: Connector<HttpsConnector<Dialer>>,
    limits: Limits,
    pool: Mutex<Option<(Instant, Pool)>>,
    /// `host:port` of whoever answered once.
    reached: Mutex<HashSet<String>>,
}

impl fmt::Debug for HttpsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsClient").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl HttpsClient {
    pub(super) fn new(dialer: Dialer, trust: ClientConfig, limits: Limits) -> Self {
        let secure = HttpsConnectorBuilder::new()
            .with_tls_config(trust)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(dialer.clone());
        let connector = Connector { secure, dialer, limit: limits.connect };
        Self { connector, limits, pool: Mutex::default(), reached: Mutex::default() }
    }

    /// The connections of now. Those of an earlier lifetime end with the requests that still use them.
    fn pool(&self) -> Pool {
        let mut pool = lock(&self.pool);
        let current = pool.take().filter(|(since, _)| since.elapsed() < self.limits.lifetime);
        let (since, client) = current.unwrap_or_else(|| (Instant::now(), self.fresh_pool()));
        *pool = Some((since, client.clone()));
        client
    }

    fn fresh_pool(&self) -> Pool {
        Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.limits.idle)
            .build(self.connector.clone())
    }

    /// One attempt.
    async fn answer(&self, request: Sent) -> azure_core::Result<AsyncRawResponse> {
        let exchange = async {
            let (head, body) = self.pool().request(request).await.map_err(of_client)?.into_parts();
            let body = body.collect().await.map_err(|error| Error::new(ErrorKind::Io, error))?;
            Ok(exchange::answer(&head, body.to_bytes()))
        };
        let limit = self.limits.connect + self.limits.answer;
        let late = |_| Err(Error::with_error(ErrorKind::Io, TookTooLong, format!("no answer in {limit:?}")));
        tokio::time::timeout(limit, exchange).await.unwrap_or_else(late)
    }
}

#[async_trait]
impl HttpClient for HttpsClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let request = exchange::request(request)?.map(Full::new);
        let target = address(request.uri());
        let deadline = Instant::now() + self.limits.patience;
        loop {
            let outcome = self.answer(request.clone()).await;
            let Err(error) = outcome else {
                lock(&self.reached).insert(target);
                return outcome;
            };
            let Some(unreachable) = error.downcast_ref::<Unreachable>() else { return Err(error) };
            let lasting = unreachable.obstacle.is_lasting();
            if !lasting && lock(&self.reached).contains(&target) {
                return Err(error);
            }
            if lasting || Instant::now() + PAUSE >= deadline {
                return Err(of_unreachable(ErrorKind::Other, unreachable.clone()));
            }
            #[expect(clippy::disallowed_methods, reason = "a client waits for what is not there yet")]
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// hyper's error, with the [`Unreachable`] inside it on top.
fn of_client(error: hyper_util::client::legacy::Error) -> Error {
    let unreachable = causes(&error).find_map(|cause| cause.downcast_ref::<Unreachable>()).cloned();
    match unreachable {
        Some(unreachable) => of_unreachable(ErrorKind::Connection, unreachable),
        None => Error::new(ErrorKind::Io, error),
    }
}

/// The official pipeline tries [`ErrorKind::Connection`] again and [`ErrorKind::Other`] not.
fn of_unreachable(kind: ErrorKind, unreachable: Unreachable) -> Error {
    let text = unreachable.to_string();
    Error::with_error(kind, unreachable, text)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
