//! Whether a program's source registers a processor of the SDK beside ours.
//!
//! A provider does not tell which processors it has, but the source does.

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::Finding;

/// What registers, or makes, a processor that sends spans as they are.
const STOCK: &[&str] =
    &["with_batch_exporter(", "with_simple_exporter(", "BatchSpanProcessor::", "SimpleSpanProcessor::"];

/// Folders that hold no source of the program.
const PASSED_OVER: &[&str] = &["target", "node_modules", "vendor"];

/// A program has fewer; whoever starts this in a folder of many programs does not wait for all of them.
const MOST_FILES: usize = 10_000;

/// Looks through the source below a folder, if it is that of a program that uses otel-genai.
pub(super) fn stock_processors(folder: &Path) -> Vec<Finding> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    if !manifest.contains("otel-genai") {
        return Vec::new();
    }
    let files = rust_files(folder);
    let places: Vec<String> = files.iter().filter_map(|path| place(path)).collect();
    if places.is_empty() {
        return vec![Finding::ok("processor", "no stock processor in the source")];
    }
    let warn = |place: String| {
        let text = format!(
            "{place}: a stock processor; on the provider that has the pipeline, it sends every span a second time, \
             unredacted and unsampled: remove it, or give its exporter to the pipeline"
        );
        Finding::warn("processor", text)
    };
    places.into_iter().map(warn).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // Not through links, which may lead round in circles.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !name.starts_with('.') && !PASSED_OVER.contains(&&*name) {
                folders.push(path);
            } else if kind.is_file() && name.ends_with(".rs") {
                files.push(path);
            }
            if files.len() >= MOST_FILES {
                return files;
            }
        }
    }
    files.sort();
    files
}

/// Returns file and line of the first stock processor that is not commented out.
fn place(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let is_stock =
        |line: &str| !line.trim_start().starts_with("//") && STOCK.iter().any(|call| line.contains(call));
    let line = text.lines().position(is_stock)?;
    let shown = path.strip_prefix(".").unwrap_or(path);
    Some(format!("{}:{}", shown.display(), line + 1))
}
