//! All exporters of a pipeline, and the runtime that they share.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::runtime::Runtime;

use crate::builder::BuildError;
use crate::exporter_thread::{ExporterLimits, ExporterQueue, Launcher};
use crate::own_thread;

/// Exporters that are running; dropping this ends them.
#[derive(Default)]
pub(crate) struct RunningExporters {
    pub(crate) queues: Vec<Arc<ExporterQueue>>,
    threads: Vec<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl RunningExporters {
    /// Builds every exporter on a thread of its own and waits until all are built.
    pub(crate) fn start(launchers: Vec<Launcher>, limits: &ExporterLimits) -> Result<Self, BuildError> {
        let mut running = Self::default();
        if launchers.is_empty() {
            return Ok(running);
        }
        let runtime = running.runtime.insert(private_runtime()?).handle().clone();
        for (index, launch) in launchers.into_iter().enumerate() {
            let queue = Arc::new(ExporterQueue::new(limits.clone()));
            let launched = launch(Arc::clone(&queue), runtime.clone())?;
            running.queues.push(queue);
            running.threads.push(launched.thread);
            let built = launched.built.recv().unwrap_or_else(|_| Err("its thread ended".into()));
            built.map_err(|reason| BuildError::Exporter { position: index + 1, reason })?;
        }
        Ok(running)
    }

    /// Waits for the threads that are known to end, and lets go of the runtime.
    ///
    /// One that hangs in an exporter is left behind: there is no way to end a thread from outside. It may still finish
    /// its export, and needs the runtime for that, so the runtime stays too.
    pub(crate) fn join(mut self, has_answered: &[bool]) {
        let mut all_ended = true;
        for (index, thread) in self.threads.drain(..).enumerate() {
            if thread.is_finished() || has_answered.get(index) == Some(&true) {
                let _ = thread.join();
            } else {
                all_ended = false;
            }
        }
        if !all_ended {
            std::mem::forget(self.runtime.take());
        }
    }
}

impl Drop for RunningExporters {
    fn drop(&mut self) {
        for queue in &self.queues {
            let (answer, _) = sync_channel(1);
            queue.shut_down(Instant::now(), answer);
        }
        if let Some(runtime) = self.runtime.take() {
            // A plain drop would wait, which a runtime must not do when the caller is in another one.
            runtime.shutdown_background();
        }
    }
}

/// Makes the runtime that exporters use. Two threads would do no more: exporters run on their own, this one only
/// drives their connections and timers.
fn private_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("otel-genai-io")
        .on_thread_start(own_thread::mark)
        .enable_all()
        .build()
}
