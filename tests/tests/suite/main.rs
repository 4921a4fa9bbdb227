//! The suite: one binary, so that it links once.

mod bad_input;
mod bodies;
mod issued;
mod official_sdk;
mod phases;
mod seeds;
mod time;
