//! Texts that are stored once, whoever sends them again.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::codec::Encoder;
use super::error::StoreProblem;

/// A trace's ids: its number shifted by so many bits, and a number within the trace.
pub(super) const PART_BITS: u32 = 20;

/// Segments may take all of a trace's numbers, contents half of them; what comes after stays in its segment.
const MAX_CONTENT_PART: i64 = 1 << (PART_BITS - 1);

/// So many hashes of contents are remembered, 40 bytes each, to save looking them up.
const REMEMBERED: usize = 100_000;

/// The first half of a text's SHA-256: 2^64 texts would be needed for two that collide.
type Hash = [u8; 16];

/// The hashes that are known to be in the file. Valid only as long as nobody else changes it.
#[derive(Default)]
pub(super) struct KnownContents {
    ids: HashMap<Hash, i64>,
    version: i64,
}

impl KnownContents {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.ids.clear();
    }

    /// Forgets everything if another connection has changed the file. Must be called within the transaction.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let version =
            connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get::<_, i64>(0))?;
        if version != self.version || self.ids.len() > REMEMBERED {
            self.clear();
            self.version = version;
        }
        Ok(())
    }
}

/// Returns the id of the trace that a part belongs to.
pub(super) fn trace_of(part: i64) -> i64 {
    part >> PART_BITS
}

/// Returns the first part of a trace; those of the next trace begin at the next one's.
pub(super) fn first_part(trace: i64) -> i64 {
    trace << PART_BITS
}

/// Hands out the numbers of one trace's parts.
pub(super) struct Parts {
    trace: i64,
    next: i64,
}

impl Parts {
    pub(super) fn new(trace: i64, next: i64) -> Self {
        Self { trace, next }
    }

    pub(super) fn trace(&self) -> i64 {
        self.trace
    }

    pub(super) fn next(&self) -> i64 {
        self.next
    }

    /// Takes a number for a segment.
    pub(super) fn segment(&mut self) -> Result<i64, StoreProblem> {
        if self.next >= 1 << PART_BITS {
            let detail = "a trace has more parts than the store can number: 1,048,576".to_owned();
            return Err(StoreProblem::Encode { detail });
        }
        Ok(self.take())
    }

    /// The number that the next content gets.
    fn next_content(&self) -> Option<i64> {
        (self.next < MAX_CONTENT_PART).then(|| first_part(self.trace) + self.next)
    }

    fn take(&mut self) -> i64 {
        let part = first_part(self.trace) + self.next;
        self.next += 1;
        part
    }
}

/// A text that is in the file now.
pub(super) struct StoredContent {
    pub(super) id: i64,
    /// Whether the trace has not held it before.
    pub(super) is_new_to_trace: bool,
}

/// Longer texts stand in rows of their own: with others they would hardly take less, and each would be read with all.
const MAX_SHARED_TEXT: usize = 64 << 10;

/// So many bytes of texts stand in one segment at most.
const MAX_SEGMENT_TEXTS: usize = 1 << 20;

/// The texts that stand in a segment. Compressed together, they take half the time and less room than one by one.
#[derive(Default)]
pub(super) struct SegmentTexts {
    segment: i64,
    bytes: Vec<u8>,
}

impl SegmentTexts {
    /// Begins the texts of a segment.
    pub(super) fn begin(&mut self, segment: i64) {
        self.segment = segment;
        self.bytes.clear();
    }

    /// All texts so far, one behind the other.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Tells where a text would begin; `None` if it is to have a row of its own.
    fn start_of(&self, text: &str) -> Option<usize> {
        let start = self.bytes.len();
        (text.len() <= MAX_SHARED_TEXT && start + text.len() <= MAX_SEGMENT_TEXTS).then_some(start)
    }
}

/// Stores texts, within one transaction.
pub(super) struct ContentWriter<'a> {
    pub(super) encoder: &'a mut Encoder,
    pub(super) texts: &'a mut SegmentTexts,
    known: &'a mut KnownContents,
    find: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    insert_use: CachedStatement<'a>,
}

impl<'a> ContentWriter<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        encoder: &'a mut Encoder,
        texts: &'a mut SegmentTexts,
        known: &'a mut KnownContents,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            encoder,
            texts,
            known,
            find: connection.prepare_cached("SELECT id FROM contents WHERE hash = ?1")?,
            insert: connection.prepare_cached(
                "INSERT INTO contents (id, hash, bytes, data, segment, start) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (hash) DO NOTHING",
            )?,
            insert_use: connection
                .prepare_cached("INSERT OR IGNORE INTO content_uses (trace, content) VALUES (?1, ?2)")?,
        })
    }

    /// Stores a text unless it is known; `None` if the trace has no number left for it.
    pub(super) fn store(
        &mut self,
        parts: &mut Parts,
        text: &str,
    ) -> Result<Option<StoredContent>, StoreProblem> {
        let hash = hash(text);
        let known = self.known.ids.get(&hash).copied();
        if known.is_none()
            && let Some(id) = self.insert(parts, hash, text)?
        {
            self.known.ids.insert(hash, id);
            return Ok(Some(StoredContent { id, is_new_to_trace: true }));
        }
        let id = match known {
            Some(id) => Some(id),
            None => self.find(hash)?,
        };
        let Some(id) = id else { return Ok(None) };
        self.known.ids.insert(hash, id);
        let is_of_other_trace = trace_of(id) != parts.trace;
        let is_new_to_trace = is_of_other_trace && self.insert_use.execute(params![parts.trace, id])? > 0;
        Ok(Some(StoredContent { id, is_new_to_trace }))
    }

    fn find(&mut self, hash: Hash) -> rusqlite::Result<Option<i64>> {
        self.find.query_row([hash], |row| row.get(0)).optional()
    }

    /// Stores a text that is not in the file; `None` if it is, or cannot be numbered.
    fn insert(&mut self, parts: &mut Parts, hash: Hash, text: &str) -> Result<Option<i64>, StoreProblem> {
        let Some(id) = parts.next_content() else { return Ok(None) };
        let start = self.texts.start_of(text);
        let data = match start {
            Some(_) => Vec::new(),
            // To compress it in vain would cost more than to look for it.
            None if self.find(hash)?.is_some() => return Ok(None),
            None => self.encoder.text(text.as_bytes())?,
        };
        let segment = start.map(|_| self.texts.segment);
        if self.insert.execute(params![id, hash, text.len(), data, segment, start])? == 0 {
            return Ok(None);
        }
        parts.take();
        if start.is_some() {
            self.texts.bytes.extend_from_slice(text.as_bytes());
        }
        Ok(Some(id))
    }
}

fn hash(text: &str) -> Hash {
    let digest = Sha256::digest(text.as_bytes());
    let mut hash = Hash::default();
    hash.copy_from_slice(&digest[..16]);
    hash
}
