//! Why an emulator does not start, in one line for people. It must not show a secret value.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::contents::ContentsError;
use crate::crypto;
use crate::tls::CaError;

/// Why an emulator does not start: one line that names the flag and the mend.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The certificate authority cannot be used.
    Authority(CaError),
    /// The machine has no randomness, or the crypto library failed.
    Crypto(crypto::CryptoError),
    /// A file of the data directory cannot be used.
    Data(PathBuf, io::Error),
    /// The key pool's directory cannot be used.
    KeyPool(PathBuf, io::Error),
    /// What vaults are to be filled with is refused.
    Contents(ContentsError),
    /// The file that the state is kept in cannot be loaded.
    Snapshot(PathBuf, String),
    /// The address cannot be listened on.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::Data(path, error) => {
                write!(f, "{}: {error}; mend it, or choose another directory with --data-dir", path.display())
            }
            Self::KeyPool(path, error) => {
                write!(
                    f,
                    "{}: {error}; mend it, or choose another directory with --key-pool-dir",
                    path.display()
                )
            }
            Self::Contents(error) => write!(f, "--contents: {error}"),
            Self::Snapshot(path, reason) => {
                write!(f, "{}: {reason}; mend it, or name another file with --snapshot", path.display())
            }
            Self::Listen(address, error) => match error.kind() {
                io::ErrorKind::AddrInUse => write!(
                    f,
                    "port {} is in use by another program: choose another with --port, or any with --port 0",
                    address.port()
                ),
                io::ErrorKind::AddrNotAvailable => {
                    write!(f, "{} is no address of this machine: choose another with --bind", address.ip())
                }
                io::ErrorKind::PermissionDenied => {
                    write!(f, "port {} may not be used: choose one above 1023 with --port", address.port())
                }
                _ => write!(f, "cannot listen on {address} (--bind, --port): {error}"),
            },
        }
    }
}

impl std::error::Error for StartError {}
