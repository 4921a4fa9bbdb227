//! RSA keys made ahead of time, so that creating a certificate need not wait for primes.
//!
//! It must not hand one key out twice, must not sleep or poll, and must not stand in a request's way: its one thread
//! starts a key only while no request is being answered, and runs when nobody else wants the processor.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};

use super::{CryptoError, KeySpec, PrivateKey, RsaSize};

/// Where keys that nobody was given outlast the process. Several processes may share one.
pub trait Reserve: fmt::Debug + Send + Sync {
    /// Takes a key out, so that nobody else can ever have it, a process after a crash included.
    fn take(&self, size: RsaSize) -> Option<PrivateKey>;

    /// Puts in a key that nobody has, unless `capacity` keys of its size are there: then, or if it cannot be written,
    /// the key is dropped. The answer is how many of that size there are now.
    fn put(&self, size: RsaSize, key: &PrivateKey, capacity: usize) -> usize;

    /// How many keys of that size are in it.
    fn count(&self, size: RsaSize) -> usize;
}

/// Ready RSA keys and the one thread that makes them. Dropping the pool stops the thread after the key it is making.
#[derive(Debug)]
pub struct KeyPool {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    reserve: Option<Arc<dyn Reserve>>,
    stock: Mutex<Stock>,
    /// Told when a key was taken, the last request was answered, or the pool is going.
    wanted: Condvar,
    /// Told when a key was put in, and when the thread begins to wait.
    #[cfg(test)]
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Stock {
    ready: HashMap<RsaSize, Vec<PrivateKey>>,
    /// Requests that are being answered.
    requests: usize,
    /// Whether the thread waits for nothing but the last of them.
    held_up: bool,
    stopping: bool,
    #[cfg(test)]
    waiting: bool,
}

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// Put a key in the stock, from the reserve if it has one.
    Stock(RsaSize),
    /// Make a key for the reserve, if it has room.
    Reserve,
}

/// Somebody is being answered: while one of these is there, the pool starts no key.
#[derive(Debug)]
#[must_use]
pub struct Answering<'a>(&'a Shared);

impl KeyPool {
    /// A pool for `capacity` keys of 2048 bits and a quarter as many of 3072 and of 4096, at least one. It stays
    /// empty until [`Self::start`]. Capacity 0 is no pool at all: every key is made when it is asked for. `reserve`
    /// holds as many keys again; what is left at [`Self::stop`] is put there.
    #[must_use]
    pub fn new(capacity: usize, reserve: Option<Arc<dyn Reserve>>) -> Self {
        let shared = Shared {
            capacity,
            reserve,
            stock: Mutex::default(),
            wanted: Condvar::new(),
            #[cfg(test)]
            changed: Condvar::new(),
        };
        Self { shared: Arc::new(shared), thread: Mutex::default() }
    }

    /// Starts to make keys, unless that was done before or the capacity is 0. A process that may not have another
    /// thread goes on without: its keys are made when they are asked for.
    pub fn start(&self) {
        let mut thread = self.thread.lock();
        if self.shared.capacity > 0 && thread.is_none() {
            let shared = Arc::clone(&self.shared);
            let fill = move || {
                give_way();
                shared.fill();
            };
            *thread = thread::Builder::new().name("key-pool".to_owned()).spawn(fill).ok();
        }
    }

    /// Makes no more keys and puts those that nobody was given into the reserve. Writes a few files.
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// A key nobody else has: a ready one, else one made here and now. EC keys are always made here, in microseconds.
    ///
    /// # Errors
    /// [`CryptoError::KeyGeneration`] when the library fails.
    pub fn take(&self, spec: KeySpec) -> Result<PrivateKey, CryptoError> {
        let ready = match spec {
            KeySpec::Rsa(size) => self.shared.take(size),
            KeySpec::Ec(_) => None,
        };
        ready.map_or_else(|| PrivateKey::generate(spec), Ok)
    }

    /// How many keys of that size are ready.
    #[must_use]
    pub fn ready(&self, size: RsaSize) -> usize {
        self.shared.stock.lock().count(size)
    }

    /// Says that a request is being answered, until what comes back is dropped.
    pub fn answering(&self) -> Answering<'_> {
        self.shared.stock.lock().requests += 1;
        Answering(&self.shared)
    }
}

impl Drop for KeyPool {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        let mut stock = self.0.stock.lock();
        stock.requests -= 1;
        // Waking a thread that has nothing to do costs as much as many a request.
        if stock.requests == 0 && stock.held_up {
            self.0.wanted.notify_one();
        }
    }
}

impl Shared {
    fn take(&self, size: RsaSize) -> Option<PrivateKey> {
        let key = self.stock.lock().ready.get_mut(&size)?.pop()?;
        self.wanted.notify_one();
        Some(key)
    }

    fn stop(&self) {
        let left = {
            let mut stock = self.stock.lock();
            stock.stopping = true;
            std::mem::take(&mut stock.ready)
        };
        self.wanted.notify_all();
        let Some(reserve) = &self.reserve else { return };
        for (size, keys) in left {
            for key in keys {
                reserve.put(size, &key, self.capacity_for(size));
            }
        }
    }

    /// Makes keys while there is room. A library that fails here fails in `take` too, where someone hears of it.
    fn fill(&self) {
        let mut reserve_has_room = self.reserve.is_some();
        while let Some(want) = self.next_want(reserve_has_room) {
            match want {
                Want::Stock(size) => {
                    let kept = self.reserve.as_ref().and_then(|reserve| reserve.take(size));
                    reserve_has_room |= kept.is_some();
                    let Ok(key) = kept.map_or_else(|| PrivateKey::generate(KeySpec::Rsa(size)), Ok) else {
                        return;
                    };
                    self.put(size, key);
                }
                Want::Reserve => reserve_has_room = self.fill_reserve(),
            }
        }
    }

    fn put(&self, size: RsaSize, key: PrivateKey) {
        let mut stock = self.stock.lock();
        if stock.stopping {
            drop(stock);
            if let Some(reserve) = &self.reserve {
                reserve.put(size, &key, self.capacity_for(size));
            }
            return;
        }
        stock.ready.entry(size).or_default().push(key);
        #[cfg(test)]
        self.changed.notify_all();
    }

    /// Makes one key for the reserve; whether it may have room for another.
    fn fill_reserve(&self) -> bool {
        let Some(reserve) = &self.reserve else { return false };
        let room = |size: &RsaSize| reserve.count(*size) < self.capacity_for(*size);
        let Some(size) = RsaSize::ALL.into_iter().find(room) else { return false };
        let Ok(key) = PrivateKey::generate(KeySpec::Rsa(size)) else { return false };
        reserve.put(size, &key, self.capacity_for(size)) > 0
    }

    /// The smallest size that there is room for, else the reserve; waits until there is room and nobody is being
    /// answered. `None` when the pool is going.
    fn next_want(&self, reserve_has_room: bool) -> Option<Want> {
        let mut stock = self.stock.lock();
        loop {
            if stock.stopping {
                return None;
            }
            let size = RsaSize::ALL.into_iter().find(|size| self.has_room(&stock, *size));
            let want = size.map(Want::Stock).or_else(|| reserve_has_room.then_some(Want::Reserve));
            stock.held_up = want.is_some() && stock.requests > 0;
            if let Some(want) = want.filter(|_| stock.requests == 0) {
                return Some(want);
            }
            #[cfg(test)]
            {
                stock.waiting = true;
                self.changed.notify_all();
            }
            self.wanted.wait(&mut stock);
        }
    }

    fn has_room(&self, stock: &Stock, size: RsaSize) -> bool {
        stock.count(size) < self.capacity_for(size)
    }

    const fn capacity_for(&self, size: RsaSize) -> usize {
        match size {
            RsaSize::Bits2048 => self.capacity,
            RsaSize::Bits3072 | RsaSize::Bits4096 => self.capacity.div_ceil(4),
        }
    }
}

impl Stock {
    fn count(&self, size: RsaSize) -> usize {
        self.ready.get(&size).map_or(0, Vec::len)
    }
}

/// Lets the calling thread run when nobody else wants the processor, where a thread can be told. Niceness is for where the
/// policy is refused: on its own it still takes turns of some milliseconds from a server that is never idle.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
        const NICEST: i32 = 19;
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let this = thread_priority::thread_native_id();
        let _ = thread_priority::set_thread_priority_and_policy(this, ThreadPriority::Min, idle);
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICEST);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Curve;
    use super::*;

    const SIZE: RsaSize = RsaSize::Bits2048;
    const RSA: KeySpec = KeySpec::Rsa(SIZE);

    /// A reserve that lives as long as the test.
    #[derive(Debug, Default)]
    struct Drawer(Mutex<HashMap<RsaSize, Vec<PrivateKey>>>);

    impl Reserve for Drawer {
        fn take(&self, size: RsaSize) -> Option<PrivateKey> {
            self.0.lock().get_mut(&size)?.pop()
        }

        fn put(&self, size: RsaSize, key: &PrivateKey, capacity: usize) -> usize {
            let mut drawer = self.0.lock();
            let keys = drawer.entry(size).or_default();
            if keys.len() < capacity {
                keys.push(key.clone());
            }
            keys.len()
        }

        fn count(&self, size: RsaSize) -> usize {
            self.0.lock().get(&size).map_or(0, Vec::len)
        }
    }

    fn wait_for(pool: &KeyPool, count: usize) {
        let mut stock = pool.shared.stock.lock();
        pool.shared.changed.wait_while(&mut stock, |stock| stock.count(SIZE) < count);
    }

    /// Waits until the thread has nothing to do, or may do nothing.
    fn wait_until_it_waits(pool: &KeyPool) {
        let mut stock = pool.shared.stock.lock();
        stock.waiting = false;
        pool.shared.wanted.notify_all();
        pool.shared.changed.wait_while(&mut stock, |stock| !stock.waiting);
    }

    #[test]
    fn a_started_pool_fills_gives_each_key_once_and_refills() {
        let pool = KeyPool::new(2, None);
        pool.start();
        pool.start();
        let mut seen = Vec::new();
        for _ in 0..2 {
            wait_for(&pool, 2);
            for _ in 0..2 {
                let key = pool.take(RSA).unwrap();
                assert!(!seen.contains(key.public_key()));
                seen.push(key.public_key().clone());
            }
        }
    }

    #[test]
    fn it_is_bounded() {
        let pool = KeyPool::new(1, None);
        pool.start();
        wait_until_it_waits(&pool);
        assert_eq!(RsaSize::ALL.map(|size| pool.ready(size)), [1, 1, 1]);
    }

    #[test]
    fn no_key_is_started_while_somebody_is_answered() {
        let pool = KeyPool::new(1, None);
        let (first, second) = (pool.answering(), pool.answering());
        pool.start();
        wait_until_it_waits(&pool);
        drop(first);
        wait_until_it_waits(&pool);
        assert_eq!(pool.ready(SIZE), 0);
        drop(second);
        wait_for(&pool, 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn its_thread_gives_way_to_every_other() {
        use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy};
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let told = thread::spawn(|| {
            give_way();
            let tid = rustix::thread::gettid();
            (thread_schedule_policy().unwrap(), rustix::process::getpriority_process(Some(tid)).unwrap())
        });
        assert_eq!(told.join().unwrap(), (idle, 19));
        assert_ne!(thread_schedule_policy().unwrap(), idle, "the others keep theirs");
        assert!(rustix::process::getpriority_process(None).unwrap() < 19, "the others keep theirs");
    }

    #[test]
    fn the_thread_ends_when_the_pool_is_dropped() {
        let pool = KeyPool::new(1, None);
        pool.start();
        let thread = pool.thread.lock().take().unwrap();
        assert_eq!(thread.thread().name(), Some("key-pool"));
        drop(pool);
        thread.join().unwrap();
    }

    #[test]
    fn without_capacity_there_is_no_thread_and_keys_are_made_on_demand() {
        let pool = KeyPool::new(0, None);
        pool.start();
        assert!(pool.thread.lock().is_none());
        assert_eq!(pool.take(RSA).unwrap().spec(), RSA);
    }

    #[test]
    fn a_pool_that_was_not_started_makes_keys_on_demand() {
        let pool = KeyPool::new(8, None);
        let spec = KeySpec::Ec(Curve::P384);
        assert_eq!(pool.take(spec).unwrap().spec(), spec);
        assert_eq!(pool.shared.stock.lock().ready.len(), 0);
    }

    #[test]
    fn larger_keys_are_kept_in_smaller_numbers() {
        let shared = KeyPool::new(5, None);
        assert_eq!(RsaSize::ALL.map(|size| shared.shared.capacity_for(size)), [5, 2, 2]);
    }

    /// What the last run left is there at once, what this one leaves is there for the next, and what was handed out is
    /// in neither.
    #[test]
    fn what_nobody_took_outlasts_the_pool_and_nothing_else_does() {
        let drawer = Arc::new(Drawer::default());
        let left = PrivateKey::generate(RSA).unwrap();
        drawer.put(SIZE, &left, 1);
        let pool = KeyPool::new(1, Some(Arc::clone(&drawer) as Arc<dyn Reserve>));
        pool.start();
        wait_for(&pool, 1);
        let first = pool.take(RSA).unwrap();
        assert_eq!(first.public_key(), left.public_key());
        wait_until_it_waits(&pool);
        assert_eq!(
            RsaSize::ALL.map(|size| (pool.ready(size), drawer.count(size))),
            [(1, 1); 3],
            "both are full"
        );
        drawer.0.lock().clear();
        let ready = pool.shared.stock.lock().ready[&SIZE][0].public_key().clone();
        pool.stop();
        assert_eq!(drawer.take(SIZE).unwrap().public_key(), &ready);
        assert_eq!((pool.ready(SIZE), drawer.count(SIZE)), (0, 0));
    }
}
