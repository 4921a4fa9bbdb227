//! Stub.
pub mod hosts;
pub mod http;
pub mod timestamp;
