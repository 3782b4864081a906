//! Figures of the process, as the kernel tells them. On other systems than Linux there are none.

use std::fmt::Result;
use std::fs;

use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::encode::Encoder;

/// What the kernel counts times in, by its ABI, on every architecture that Rust knows: `USER_HZ`.
const TICKS_A_SECOND: f64 = 100.0;

/// The names are those that Prometheus' own libraries use.
pub(super) fn encode(encoder: &mut Encoder<'_>) -> Result {
    let seconds = Some(&Unit::Seconds);
    if let Some((cpu, start)) = times() {
        let help = "CPU time that the process has used, in user and system mode";
        let mut family = encoder.family("process_cpu", help, seconds, MetricType::Counter)?;
        family.seconds(cpu)?;
        let help = "When the process started, in Unix time";
        encoder.gauge("process_start_time", help, seconds, start)?;
    }
    if let Some(bytes) = resident_bytes() {
        let help = "Memory of the process that is in RAM";
        encoder.gauge("process_resident_memory", help, Some(&Unit::Bytes), bytes)?;
    }
    if let Some(files) = open_files() {
        let help = "File descriptors that are open";
        encoder.gauge("process_open_fds", help, None, files)?;
    }
    Ok(())
}

/// CPU time and start, both in seconds: proc(5), `/proc/pid/stat`.
fn times() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, which may hold blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<f64> = rest
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    // After the name, from 0: `utime` and `stime`, and `starttime`, since the machine's own start.
    let (user, system, begun) = (fields.get(11)?, fields.get(12)?, fields.get(19)?);
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot: f64 = boot
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .parse()
        .ok()?;
    Some((
        (user + system) / TICKS_A_SECOND,
        boot + begun / TICKS_A_SECOND,
    ))
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

fn open_files() -> Option<f64> {
    // The one that lists them is among them.
    let open = fs::read_dir("/proc/self/fd")
        .ok()?
        .count()
        .saturating_sub(1);
    u32::try_from(open).ok().map(f64::from)
}
