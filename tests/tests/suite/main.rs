//! The suite: one binary, so that it links once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by failing"
)]

mod arrivals;
mod authority;
mod backups;
mod bad_input;
mod bent_bodies;
mod bodies;
mod conflicts;
mod contents;
mod control_api;
mod control_plane;
mod control_plane_objects;
mod deployments;
mod doors;
mod faults;
mod hardware_keys;
mod identity;
mod issued;
mod issuers;
mod journal;
mod key_release;
mod key_transfer;
mod keys;
mod login;
mod managed_hsm;
mod official_objects;
mod official_sdk;
mod own_vaults;
mod permissions;
mod phases;
mod platform_managed;
mod refusals;
mod renewal;
mod rotation;
mod scenarios;
mod secrets;
mod seeds;
mod snapshots;
mod throttling;
mod time;
mod witness;
