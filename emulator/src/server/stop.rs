//! The one-way signal that the server stops, and how a connection obeys it.
//!
//! It must not decide how long to wait: `Server::serve` does.

use std::future::Future;
use std::pin::{Pin, pin};

use tokio::sync::watch;

/// The sender's side: held by the server.
#[derive(Debug, Default)]
pub(super) struct Stop(watch::Sender<bool>);

/// The receiver's side: held by every connection.
#[derive(Clone, Debug)]
pub(super) struct Stopped(watch::Receiver<bool>);

impl Stop {
    pub(super) fn signal(&self) -> Stopped {
        Stopped(self.0.subscribe())
    }

    /// Tells every connection to end.
    pub(super) fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Ends when the server stops; also when it is gone.
    async fn wait(&self) {
        let _ = self.0.clone().wait_for(|stopped| *stopped).await;
    }

    /// Runs `work`, which is dropped where it stands when the server stops.
    pub(super) async fn or_drop<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.wait() => None,
        }
    }

    /// Runs a connection; when the server stops, `end` tells it to let its running requests end and no new ones begin.
    pub(super) async fn or_finish<C, E>(&self, connection: C, end: impl FnOnce(Pin<&mut C>)) -> Result<(), E>
    where
        C: Future<Output = Result<(), E>>,
    {
        let mut connection = pin!(connection);
        tokio::select! {
            biased;
            done = connection.as_mut() => return done,
            () = self.wait() => {}
        }
        end(connection.as_mut());
        connection.await
    }
}
