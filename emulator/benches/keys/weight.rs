//! What many secrets weigh, and what a page of them takes at any depth. In a process of its own, so that nothing else is
//! weighed.

use std::time::Instant;

use akv_emulator::Emulator;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::json;

use crate::common::{Outcome, request};

/// Sets that many secrets of 100 bytes and says what they weigh.
pub(crate) fn weigh(secrets: u32) -> Outcome<()> {
    let service = Emulator::builder().build()?.service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let value = json!({"value": "x".repeat(100)}).to_string();
        let before = resident();
        let begun = Instant::now();
        for number in 0..secrets {
            // In no order, as people name things.
            let name = number.wrapping_mul(2_654_435_761);
            service.call(request("PUT", &format!("/secrets/secret-{name:010}"), value.clone())?).await;
        }
        let rate = f64::from(secrets) / begun.elapsed().as_secs_f64();
        println!("\n{secrets} secrets of 100 bytes, set in process ({rate:.0} a second)");
        if let (Some(before), Some(after)) = (before, resident()) {
            println!("{:<40} {:>9.0} MB", "  resident", after);
            println!("{:<40} {:>9.0} bytes", "  each", (after - before) * 1e6 / f64::from(secrets));
        }
        println!("  a page of 25");
        for (place, from) in
            [("at the beginning", 0), ("in the middle", 2_147_483_648), ("near the end", 4_200_000_000_u32)]
        {
            let marker = json!({"NextMarker": format!("SECRET-{from:010}"), "TargetLocation": 0}).to_string();
            let path = format!("/secrets?$skiptoken={}", URL_SAFE_NO_PAD.encode(marker));
            let mut times = Vec::new();
            for _ in 0..200 {
                let wanted = request("GET", &path, "")?;
                let begun = Instant::now();
                let (parts, body) = service.call(wanted).await.into_parts();
                times.push(begun.elapsed());
                if parts.status != StatusCode::OK || !body.windows(14).any(|part| part == b"recoverableDay") {
                    return Err(format!("{parts:?}").into());
                }
            }
            times.sort_unstable();
            println!("{:<40} {:>9.0} us", format!("    {place}"), times[100].as_secs_f64() * 1e6);
        }
        Ok(())
    })
}

/// The process's resident memory in megabytes.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0 / 1e6)
}
