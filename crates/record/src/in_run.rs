//! A future that runs in a run, on whatever thread it is polled.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use otel_genai_pipeline::StartAttributes;
use pin_project_lite::pin_project;

use crate::RunContext;
use crate::run_context::enter;

pin_project! {
    /// A future in a run; made by [`RunContext::scope`] and [`RunFutureExt`].
    ///
    /// The run is open whenever the future is polled, and while it is dropped, so a future that is cancelled cleans up in
    /// its run. It inherits from the run that it was made in, or, if made outside any, from the one it is first polled in.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InRun<F> {
        #[pin]
        future: Option<F>,
        run: Option<RunContext>,
        set: Option<StartAttributes>,
    }

    impl<F> PinnedDrop for InRun<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            enter(this.set.as_ref(), || this.future.set(None));
        }
    }
}

impl<F> InRun<F> {
    pub(crate) fn new(future: F, run: RunContext) -> Self {
        let has_outer = run.is_complete() || RunContext::current().is_complete();
        if has_outer {
            Self { future: Some(future), set: run.here(), run: None }
        } else {
            Self { future: Some(future), set: None, run: Some(run) }
        }
    }
}

impl<F: Future> Future for InRun<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(run) = this.run.take() {
            *this.set = run.here();
        }
        match this.future.as_pin_mut() {
            Some(future) => enter(this.set.as_ref(), || future.poll(task)),
            // Only dropping takes the future out, and what is dropped is not polled.
            None => Poll::Pending,
        }
    }
}

/// Opens runs around futures.
///
/// # Examples
///
/// Each agent in a run of its own, and a task that takes its agent's run along:
///
/// ```
/// use otel_genai_record::{RunContext, RunFutureExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// async fn agent() -> Option<String> {
///     let task = async { RunContext::current().get("session.id").map(ToString::to_string) };
///     tokio::spawn(task.in_current_run()).await.expect("no panic")
/// }
///
/// let (one, two) = tokio::join!(
///     agent().in_run(RunContext::new().session("one")),
///     agent().in_run(RunContext::new().session("two")),
/// );
/// assert_eq!((one.as_deref(), two.as_deref()), (Some("one"), Some("two")));
/// # }
/// ```
pub trait RunFutureExt: Future + Sized {
    /// Runs the future in `run`.
    fn in_run(self, run: RunContext) -> InRun<Self> {
        InRun::new(self, run)
    }

    /// Runs the future in the run that the calling code is in, wherever it goes: `tokio::spawn(future.in_current_run())`.
    ///
    /// The task's spans get the run's attributes but begin a trace of their own, as always with `spawn`.
    /// `future.in_current_span()` of `tracing` makes them children of the current span, and then they have the run's
    /// attributes already.
    fn in_current_run(self) -> InRun<Self> {
        InRun::new(self, RunContext::current())
    }
}

impl<F: Future> RunFutureExt for F {}
