//! The client's core: connections that send one request again and again.
//!
//! Requests are written once and answers are not taken apart, so that the client costs less than any server and the
//! servers' core is never without work.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;

use crate::common::{HOST, Outcome, dial};
use crate::servers::{Listening, process_time, thread_time};

const CONNECTIONS: usize = 8;

/// Eight connections that send the same request again and again.
pub(crate) struct Load {
    connections: Vec<Repeating>,
}

/// How fast something was done.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    /// How often in a second of the processor's time that it took.
    pub(crate) per_second: f64,
    /// For which part of the time by the clock the processor was at it.
    pub(crate) at_work: f64,
}

impl Rate {
    /// `count` times in `worked`, during `passed` by the clock.
    pub(crate) fn new(count: f64, worked: Duration, passed: Duration) -> Self {
        let worked = worked.as_secs_f64();
        Self { per_second: count / worked, at_work: worked / passed.as_secs_f64() }
    }
}

impl Load {
    pub(crate) async fn new(server: &Listening, method: &str, path: &str, body: &str) -> Outcome<Self> {
        let request = format!(
            "{method} {path}?api-version=7.6 HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {}\r\n\
             content-length: {}\r\n\r\n{body}",
            server.token,
            body.len()
        );
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = dial(server.address, &server.ca_pem).await?;
            connections.push(Repeating::new(stream, request.clone().into_bytes()).await?);
        }
        Ok(Self { connections })
    }

    /// Sends requests until `length` has passed.
    pub(crate) async fn rate(&mut self, length: Duration) -> Outcome<Rate> {
        let begun = Instant::now();
        // All threads but this one are the servers'.
        let servers = || process_time().saturating_sub(thread_time());
        let worked = servers();
        let mut tasks = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            tasks.spawn(async move {
                let mut count = 0.0;
                while begun.elapsed() < length {
                    connection.again().await.map_err(|error| error.to_string())?;
                    count += 1.0;
                }
                Ok::<_, String>((count, connection))
            });
        }
        let mut total = 0.0;
        for done in tasks.join_all().await {
            let (count, connection) = done?;
            total += count;
            self.connections.push(connection);
        }
        Ok(Rate::new(total, servers() - worked, begun.elapsed()))
    }
}

/// A connection, its one request, and what is alike in all answers to it: all but identifiers and signatures, which are
/// of one length.
struct Repeating {
    stream: TlsStream<TcpStream>,
    request: Vec<u8>,
    /// Status line and headers of the first answer, the empty line included.
    head: Vec<u8>,
    /// Where in the head the body's length is told.
    told: std::ops::Range<usize>,
    /// Of head and body.
    length: usize,
    answer: Vec<u8>,
}

impl Repeating {
    /// Sends the request once and learns what answers look like.
    async fn new(stream: TlsStream<TcpStream>, request: Vec<u8>) -> Outcome<Self> {
        const END: &[u8] = b"\r\n\r\n";
        const TELLS: &str = "content-length: ";
        let (head, answer) = (Vec::new(), Vec::with_capacity(4096));
        let mut this = Self { stream, request, head, told: 0..0, length: 1, answer };
        this.exchange().await?;
        loop {
            if let Some(end) = this.answer.windows(END.len()).position(|part| part == END) {
                let head = this.answer[..end + END.len()].to_vec();
                let text = std::str::from_utf8(&head)?;
                let told = text.find(TELLS).ok_or("an answer without a length")? + TELLS.len();
                let digits = text[told..].split('\r').next().unwrap_or_default();
                this.length = head.len() + digits.parse::<usize>()?;
                this.told = told - TELLS.len()..told + digits.len();
                this.head = head;
                break;
            }
            this.read().await?;
        }
        while this.answer.len() < this.length {
            this.read().await?;
        }
        this.check()?;
        Ok(this)
    }

    /// Sends the request and reads its answer.
    async fn again(&mut self) -> Outcome<()> {
        self.exchange().await?;
        self.check()
    }

    /// Sends the request and reads as much as the last answer had.
    async fn exchange(&mut self) -> Outcome<()> {
        self.stream.write_all(&self.request).await?;
        self.stream.flush().await?;
        self.answer.clear();
        while self.answer.len() < self.length {
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.answer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// Whether it is what was asked for, and all of it.
    fn check(&self) -> Outcome<()> {
        let is_good = self.answer.len() == self.length
            && self.answer.starts_with(b"HTTP/1.1 200 ")
            && self.answer[self.told.clone()] == self.head[self.told.clone()]
            && self.answer[..self.head.len()].ends_with(b"\r\n\r\n");
        if is_good { Ok(()) } else { Err(String::from_utf8_lossy(&self.answer).into()) }
    }
}
