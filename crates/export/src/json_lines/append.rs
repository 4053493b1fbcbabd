//! Appends that leave nothing half written.

use std::fs::File;
use std::io::{self, Write};

/// What [`Appender`] needs of a file; a trait so that tests can make it fail at any point.
pub(super) trait AppendTarget: Write {
    /// Returns the length in bytes, or `None` for what has none and cannot be shortened (a pipe, a terminal).
    fn length(&self) -> io::Result<Option<u64>>;
    /// Cuts the end off.
    fn shorten(&mut self, length: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
}

impl AppendTarget for File {
    fn length(&self) -> io::Result<Option<u64>> {
        let metadata = self.metadata()?;
        Ok(metadata.is_file().then_some(metadata.len()))
    }

    fn shorten(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        // A pipe or a device has nothing to make durable and answers with an error.
        if self.length()?.is_some() { self.sync_data() } else { Ok(()) }
    }
}

/// Writes chunks of whole lines (or whole compressed frames) to the end of a file, each completely or not at all.
///
/// After a failed write the file is cut back to where it was. Where even that fails, the next append tries again and,
/// if lines are plain text, falls back to starting on a line of its own.
#[derive(Debug)]
pub(super) struct Appender<T> {
    target: T,
    torn: Option<Torn>,
}

#[derive(Clone, Copy, Debug)]
struct Torn {
    /// The length before the failed write, where the target has one.
    whole_length: Option<u64>,
}

impl<T: AppendTarget> Appender<T> {
    pub(super) fn new(target: T) -> Self {
        Self { target, torn: None }
    }

    /// Returns the length in bytes; 0 for what has none.
    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.target.length()?.unwrap_or(0))
    }

    /// Removes everything, where the target can be shortened at all.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        match self.target.length()? {
            Some(_) => self.target.shorten(0),
            None => Ok(()),
        }
    }

    /// Appends text lines.
    pub(super) fn append_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.repair().is_err() {
            let mut fresh_line = Vec::with_capacity(lines.len() + 1);
            fresh_line.push(b'\n');
            fresh_line.extend_from_slice(lines);
            self.append(&fresh_line)
        } else {
            self.append(lines)
        }
    }

    /// Appends a compressed frame, which no newline can separate from a torn one before it.
    pub(super) fn append_frame(&mut self, frame: &[u8]) -> io::Result<()> {
        self.repair()?;
        self.append(frame)
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.target.sync()
    }

    /// Undoes what a failed write left behind, if that has not succeeded yet.
    fn repair(&mut self) -> io::Result<()> {
        match self.torn {
            None => Ok(()),
            Some(Torn { whole_length: None }) => {
                Err(io::Error::other("an earlier write failed half-way and cannot be undone"))
            }
            Some(Torn { whole_length: Some(length) }) => {
                self.target.shorten(length)?;
                self.torn = None;
                Ok(())
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Asked for at every write: someone else may have cut or extended the file.
        let whole_length = self.target.length()?;
        match self.target.write_all(bytes) {
            Ok(()) => {
                self.torn = None;
                Ok(())
            }
            Err(error) => {
                // An older tear stays the place to go back to.
                self.torn = self.torn.or(Some(Torn { whole_length }));
                // Failing here is not the error to report; the next append tries again.
                let _ = self.repair();
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    /// A file in memory whose writes and cuts fail as told.
    #[derive(Debug, Default)]
    struct Faulty {
        bytes: Vec<u8>,
        has_length: bool,
        /// For each coming write: how many bytes it takes before it fails, or all.
        writes: VecDeque<Option<usize>>,
        /// For each coming cut: whether it works.
        cuts: VecDeque<bool>,
    }

    impl Write for Faulty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.writes.pop_front().flatten() {
                None => {
                    self.bytes.extend_from_slice(bytes);
                    Ok(bytes.len())
                }
                Some(0) => Err(io::Error::other("full")),
                Some(taken) => {
                    let taken = taken.min(bytes.len());
                    self.bytes.extend_from_slice(&bytes[..taken]);
                    self.writes.push_front(Some(0));
                    Ok(taken)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl AppendTarget for Faulty {
        fn length(&self) -> io::Result<Option<u64>> {
            Ok(self.has_length.then_some(self.bytes.len() as u64))
        }

        fn shorten(&mut self, length: u64) -> io::Result<()> {
            if self.cuts.pop_front().unwrap_or(true) {
                self.bytes.truncate(usize::try_from(length).expect("a small test"));
                Ok(())
            } else {
                Err(io::Error::other("cannot cut"))
            }
        }

        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn every_accepted_line_is_whole_and_alone(
            has_length: bool,
            writes in prop::collection::vec(prop::option::of(0usize..6), 12),
            cuts in prop::collection::vec(any::<bool>(), 12),
        ) {
            let target =
                Faulty { has_length, writes: writes.into(), cuts: cuts.into(), ..Faulty::default() };
            let mut appender = Appender::new(target);
            let mut accepted = Vec::new();
            for number in 0..8 {
                let line = format!("line {number}\n");
                if appender.append_lines(line.as_bytes()).is_ok() {
                    accepted.push(format!("line {number}"));
                }
            }
            let text = String::from_utf8(appender.target.bytes).expect("ASCII");
            let whole: Vec<&str> = text.lines().filter(|line| line.len() == "line 0".len()).collect();
            prop_assert_eq!(whole, accepted, "in {:?}", text);
        }

        #[test]
        fn a_frame_never_follows_a_torn_one(
            writes in prop::collection::vec(prop::option::of(0usize..8), 12),
            cuts in prop::collection::vec(any::<bool>(), 12),
        ) {
            let target =
                Faulty { has_length: true, writes: writes.into(), cuts: cuts.into(), ..Faulty::default() };
            let mut appender = Appender::new(target);
            let mut accepted = String::new();
            for number in 0..8 {
                let frame = format!("<frame {number}>");
                if appender.append_frame(frame.as_bytes()).is_ok() {
                    accepted.push_str(&frame);
                }
            }
            let text = String::from_utf8(appender.target.bytes).expect("ASCII");
            prop_assert!(text.starts_with(&accepted), "{accepted:?} in {text:?}");
        }
    }

    #[test]
    fn a_failed_write_is_undone_at_once_where_possible() {
        let target = Faulty { has_length: true, writes: [Some(3)].into(), ..Faulty::default() };
        let mut appender = Appender::new(target);
        assert!(appender.append_lines(b"lost\n").is_err());
        assert_eq!(appender.target.bytes, b"");
        appender.append_lines(b"kept\n").expect("works again");
        assert_eq!(appender.target.bytes, b"kept\n");
    }
}
