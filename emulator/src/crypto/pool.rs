//! RSA keys made ahead of time, so that creating a certificate need not wait for primes.
//!
//! It must not hand one key out twice, and must not sleep or poll: the thread waits until a key is taken.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};

use super::{CryptoError, KeySpec, PrivateKey, RsaSize};

/// Ready RSA keys and the one thread that makes them. Dropping the pool stops the thread after the key it is making.
#[derive(Debug)]
pub struct KeyPool {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    stock: Mutex<Stock>,
    /// Told when a key was taken or the pool is going.
    wanted: Condvar,
    /// Told when a key was put in.
    #[cfg(test)]
    added: Condvar,
}

#[derive(Debug, Default)]
struct Stock {
    ready: HashMap<RsaSize, Vec<PrivateKey>>,
    stopping: bool,
}

impl KeyPool {
    /// A pool for `capacity` keys of 2048 bits and a quarter as many of 3072 and of 4096, at least one. It stays
    /// empty until [`Self::start`]. Capacity 0 is no pool at all: every key is made when it is asked for.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let shared = Shared {
            capacity,
            stock: Mutex::default(),
            wanted: Condvar::new(),
            #[cfg(test)]
            added: Condvar::new(),
        };
        Self { shared: Arc::new(shared), thread: Mutex::default() }
    }

    /// Starts to make keys, unless that was done before or the capacity is 0. A process that may not have another
    /// thread goes on without: its keys are made when they are asked for.
    pub fn start(&self) {
        let mut thread = self.thread.lock();
        if self.shared.capacity > 0 && thread.is_none() {
            let shared = Arc::clone(&self.shared);
            *thread = thread::Builder::new().name("key-pool".to_owned()).spawn(move || shared.fill()).ok();
        }
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
}

impl Drop for KeyPool {
    fn drop(&mut self) {
        self.shared.stock.lock().stopping = true;
        self.shared.wanted.notify_all();
    }
}

impl Shared {
    fn take(&self, size: RsaSize) -> Option<PrivateKey> {
        let key = self.stock.lock().ready.get_mut(&size)?.pop()?;
        self.wanted.notify_one();
        Some(key)
    }

    /// Makes keys while there is room. A library that fails here fails in `take` too, where someone hears of it.
    fn fill(&self) {
        while let Some(size) = self.next_size() {
            let Ok(key) = PrivateKey::generate(KeySpec::Rsa(size)) else { return };
            self.stock.lock().ready.entry(size).or_default().push(key);
            #[cfg(test)]
            self.added.notify_all();
        }
    }

    /// The smallest size that there is room for; waits for it. `None` when the pool is going.
    fn next_size(&self) -> Option<RsaSize> {
        let mut stock = self.stock.lock();
        loop {
            if stock.stopping {
                return None;
            }
            if let Some(size) = RsaSize::ALL.into_iter().find(|size| self.has_room(&stock, *size)) {
                return Some(size);
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

#[cfg(test)]
mod tests {
    use super::super::Curve;
    use super::*;

    const RSA: KeySpec = KeySpec::Rsa(RsaSize::Bits2048);

    fn wait_for(pool: &KeyPool, count: usize) {
        let mut stock = pool.shared.stock.lock();
        pool.shared.added.wait_while(&mut stock, |stock| stock.count(RsaSize::Bits2048) < count);
    }

    #[test]
    fn a_started_pool_fills_gives_each_key_once_and_refills() {
        let pool = KeyPool::new(2);
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
    fn the_thread_ends_when_the_pool_is_dropped() {
        let pool = KeyPool::new(1);
        pool.start();
        let thread = pool.thread.lock().take().unwrap();
        assert_eq!(thread.thread().name(), Some("key-pool"));
        drop(pool);
        thread.join().unwrap();
    }

    #[test]
    fn without_capacity_there_is_no_thread_and_keys_are_made_on_demand() {
        let pool = KeyPool::new(0);
        pool.start();
        assert!(pool.thread.lock().is_none());
        assert_eq!(pool.take(RSA).unwrap().spec(), RSA);
    }

    #[test]
    fn a_pool_that_was_not_started_makes_keys_on_demand() {
        let pool = KeyPool::new(8);
        let spec = KeySpec::Ec(Curve::P384);
        assert_eq!(pool.take(spec).unwrap().spec(), spec);
        assert_eq!(pool.shared.stock.lock().ready.len(), 0);
    }

    #[test]
    fn larger_keys_are_kept_in_smaller_numbers() {
        let shared = KeyPool::new(5);
        assert_eq!(RsaSize::ALL.map(|size| shared.shared.capacity_for(size)), [5, 2, 2]);
    }
}
