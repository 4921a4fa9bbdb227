//! The time limit of request heads, by one timer for a connection's whole life.
//!
//! hyper asks for a timer with each head and drops it when the head is there: a place in the runtime's wheel taken and
//! given back with every request. Here the first head takes it and later heads share it. It goes off when the first
//! head's limit is over and moves on to the limit of the head that is then awaited.
//!
//! It must not time anything else: what it hands out shares one alarm.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

/// What one connection's heads are timed by.
#[derive(Debug, Default)]
pub(super) struct HeadTimer {
    alarm: Alarm,
}

/// The timer in the runtime's wheel, once a head has had to be waited for.
type Alarm = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

/// The limit of one head.
#[derive(Debug)]
struct HeadLimit {
    deadline: Instant,
    alarm: Alarm,
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadLimit { deadline, alarm: Arc::clone(&self.alarm) })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

impl Sleep for HeadLimit {}

impl Future for HeadLimit {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline.into();
        let mut alarm = self.alarm.lock();
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() > deadline {
            alarm.as_mut().reset(deadline);
        }
        loop {
            ready!(alarm.as_mut().poll(context));
            if alarm.deadline() == deadline {
                return Poll::Ready(());
            }
            // The limit of an earlier head, which has come meanwhile.
            alarm.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{self, timeout_at};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(180);

    fn head(timer: &HeadTimer) -> Pin<Box<dyn Sleep>> {
        timer.sleep_until(timer.now() + LIMIT)
    }

    /// Waits for it by the paused clock: after how many seconds it was up.
    async fn ended(limit: Pin<Box<dyn Sleep>>) -> u64 {
        let begun = time::Instant::now();
        limit.await;
        begun.elapsed().as_secs()
    }

    /// A head that comes after so many seconds.
    async fn comes_after(seconds: u64, mut awaited: Pin<Box<dyn Sleep>>) {
        let moment = time::Instant::now() + Duration::from_secs(seconds);
        assert!(timeout_at(moment, awaited.as_mut()).await.is_err(), "{seconds} s are within the limit");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_is_given_up_at_its_limit() {
        assert_eq!(ended(head(&HeadTimer::default())).await, LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn each_head_has_the_whole_limit_whatever_the_heads_before_it_took() {
        let timer = HeadTimer::default();
        for waited in [100, 179, 1, 179] {
            comes_after(waited, head(&timer)).await;
        }
        assert_eq!(ended(head(&timer)).await, LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_that_went_off_between_two_heads_is_no_limit_for_the_second() {
        let timer = HeadTimer::default();
        comes_after(0, head(&timer)).await;
        time::advance(Duration::from_secs(1000)).await;
        assert_eq!(ended(head(&timer)).await, LIMIT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_nearer_limit_than_the_alarm_is_kept() {
        let timer = HeadTimer::default();
        comes_after(0, head(&timer)).await;
        assert_eq!(ended(timer.sleep(Duration::from_secs(5))).await, 5);
    }
}
