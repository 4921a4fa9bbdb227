//! Stub.
pub mod hosts;
pub mod http;
pub mod server;
pub mod timestamp;
pub mod tls;
