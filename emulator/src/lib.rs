//! Stub.
pub mod crypto;
pub mod hosts;
pub mod http;
pub mod timestamp;
