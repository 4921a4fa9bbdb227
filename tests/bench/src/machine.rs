//! What the machine tells: cores, processor time and memory of a process, names for the report.
//!
//! It must not measure anything itself.

use std::fs;
use std::process::Command;
use std::time::Duration;

/// The two cores that take part: the servers', and the load's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) servers: usize,
    pub(crate) load: usize,
}

impl Cores {
    /// The first two that this process may use; one for both where there is no second.
    #[cfg(target_os = "linux")]
    pub(crate) fn find() -> Self {
        let allowed =
            rustix::thread::sched_getaffinity(None).unwrap_or_else(|_| rustix::thread::CpuSet::new());
        let mut cores = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let servers = cores.next().unwrap_or_default();
        Self { servers, load: cores.next().unwrap_or(servers) }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn find() -> Self {
        Self { servers: 0, load: 0 }
    }
}

/// Keeps this thread, and the threads and processes that it starts, on these cores. Says whether that was possible.
#[cfg(target_os = "linux")]
pub(crate) fn pin(cores: &[usize]) -> bool {
    let mut set = rustix::thread::CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    rustix::thread::sched_setaffinity(None, &set).is_ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: &[usize]) -> bool {
    false
}

/// The processor time of the calling thread.
pub(crate) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// The processor time that each thread of a process has had, in nanoseconds, as the scheduler counts it. Ticks of
/// `/proc/PID/stat` are too coarse for a second's work.
#[derive(Debug)]
pub(crate) struct ProcessTime(Vec<(String, u64)>);

impl ProcessTime {
    pub(crate) fn of(pid: u32) -> Self {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        Self(
            threads
                .filter_map(|thread| {
                    let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
                    let spent = spent.split_whitespace().next()?.parse().ok()?;
                    Some((thread.file_name().to_string_lossy().into_owned(), spent))
                })
                .collect(),
        )
    }

    /// What was spent since `earlier`. A thread that ended in between takes its share with it.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let before =
            |id: &String| earlier.0.iter().find(|(known, _)| known == id).map_or(0, |(_, spent)| *spent);
        Duration::from_nanos(self.0.iter().map(|(id, spent)| spent.saturating_sub(before(id))).sum())
    }
}

/// The processor time that the threads of that name have had.
pub(crate) fn time_of_threads(pid: u32, name: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = threads.filter_map(|thread| {
        let own = fs::read_to_string(thread.path().join("comm")).ok()?;
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        (own.trim() == name).then(|| spent.split_whitespace().next()?.parse::<u64>().ok()).flatten()
    });
    Duration::from_nanos(spent.sum())
}

/// A process's resident memory in megabytes (10^6 bytes).
pub(crate) fn resident(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}

/// One line on the machine.
pub(crate) fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {} cores, {:.0} GB of memory, Linux {}; load average at the start {}",
        model.trim_start_matches([' ', '\t', ':']).trim(),
        cpu.lines().filter(|line| line.starts_with("processor")).count(),
        memory * 1024.0 / 1e9,
        kernel.trim(),
        load.split_whitespace().next().unwrap_or("unknown"),
    )
}

/// What a command prints, without the line's end.
pub(crate) fn said_by(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
