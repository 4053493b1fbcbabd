//! Which processes write, and which of them have ended.

use rusqlite::{Connection, params};

/// A process that cannot be looked up is taken for ended when it has not written for this long, in nanoseconds: one hour,
/// after which the pipeline closes any trace.
const SILENCE_NS: i64 = 3_600_000_000_000;

/// Identifies this process among those of this machine since it was started, as far as the system tells.
pub(super) fn identity() -> String {
    describe(std::process::id()).unwrap_or_else(|| format!("pid {}", std::process::id()))
}

/// Names a running process by boot, process namespace, number and start time; `None` if it does not run, or nobody knows.
fn describe(pid: u32) -> Option<String> {
    let boot = surroundings()?;
    // The fields after the command's name, which may hold anything; the start time is the 22nd of all (proc(5)).
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    // A zombie has ended; only its parent has not looked yet.
    (!matches!(state, "Z" | "X")).then(|| format!("{boot} pid {pid} started {started}"))
}

/// The boot and the process namespace: processes of others cannot be looked up.
fn surroundings() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("boot {} {}", boot.trim(), namespace.display()))
}

/// Tells whether a writer has ended; what cannot be looked up is told by its silence.
fn has_ended(identity: &str, seen_at: i64, now: i64) -> bool {
    let is_silent = now.saturating_sub(seen_at) > SILENCE_NS;
    let Some((place, process)) = identity.split_once(" pid ") else { return is_silent };
    let pid = process.split_ascii_whitespace().next().and_then(|pid| pid.parse().ok());
    match (surroundings(), pid) {
        (Some(here), Some(pid)) if here == place => describe(pid).as_deref() != Some(identity),
        _ => is_silent,
    }
}

/// Enters this process and returns its number.
pub(super) fn register(connection: &Connection, now: i64) -> rusqlite::Result<i64> {
    connection.execute(
        "INSERT INTO writers (process, started_at, seen_at) VALUES (?1, ?2, ?2)",
        params![identity(), now],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Returns the writers that have ended without saying so: what they left without a root is interrupted.
pub(super) fn ended(connection: &Connection, now: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id, process, seen_at FROM writers")?;
    let mut rows = statement.query([])?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next()? {
        if has_ended(&row.get::<_, String>(1)?, row.get(2)?, now) {
            ended.push(row.get(0)?);
        }
    }
    Ok(ended)
}

/// Marks the traces without a root of every writer that has ended.
pub(super) fn mark_interrupted(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    ended(connection, now)?.into_iter().try_for_each(|writer| end(connection, writer))
}

/// Forgets a writer that has ended: what it left without a root stays so.
pub(super) fn end(connection: &Connection, writer: i64) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE traces SET interrupted = 1 WHERE writer = ?1 AND has_root = 0", params![writer])?;
    connection.execute("DELETE FROM writers WHERE id = ?1", params![writer])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_an_impossible_one_has_ended() {
        let identity = identity();
        assert!(!has_ended(&identity, 0, 1));
        if let Some((place, _)) = identity.split_once(" pid ") {
            assert!(has_ended(&format!("{place} pid {} started 1", std::process::id()), 0, 1));
        }
        assert!(!has_ended("boot elsewhere pid 1 started 1", 0, SILENCE_NS));
        assert!(has_ended("boot elsewhere pid 1 started 1", 0, SILENCE_NS + 1));
    }
}
