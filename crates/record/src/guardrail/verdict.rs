//! What a check may return to set its own result.

/// The result of a check: `bool`, or a `Result` with one, whose error says that the check itself has failed.
///
/// Implemented for these two only. What else a check finds it reports through
/// [`OpenGuardrail`](crate::OpenGuardrail).
pub trait Verdict: sealed::Sealed {
    /// Returns what the check decided, `None` when it failed.
    fn decision(&self) -> Option<bool>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for bool {}
    impl<E> Sealed for Result<bool, E> {}
}

impl Verdict for bool {
    fn decision(&self) -> Option<bool> {
        Some(*self)
    }
}

impl<E> Verdict for Result<bool, E> {
    fn decision(&self) -> Option<bool> {
        self.as_ref().ok().copied()
    }
}
