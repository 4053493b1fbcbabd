//! Whether what is exported can arrive.

use std::fs::File;
use std::path::{Path, PathBuf};

use otel_genai::{Settings, Store, default_store};

use super::finding::Finding;
#[cfg(feature = "otlp")]
use crate::receiver;

/// Looks at every exporter that the settings ask for.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let exporters = settings.exporters();
    if exporters.is_empty() {
        let text = "none: traces go nowhere; name one, for example [export.console] in the settings";
        return vec![Finding::warn("exporters", text)];
    }
    let mut findings = Vec::new();
    for exporter in exporters {
        match exporter {
            "export.jsonl" => findings.extend(file(settings)),
            "export.sqlite" => findings.extend(store(settings)),
            "export.otlp" => findings.extend(receivers(settings)),
            other => findings.push(Finding::ok("exporter", other)),
        }
    }
    findings
}

/// Whether the file can be written. It is not created.
fn file(settings: &Settings) -> Option<Finding> {
    let described = settings.describe();
    let path = described.iter().find(|key| key.key == "export.jsonl.path")?.value.clone()?;
    let result = if Path::new(&path).exists() {
        File::options().append(true).open(&path).map(drop)
    } else {
        tempfile::tempfile_in(nearest_folder(Path::new(&path))).map(drop)
    };
    Some(match result {
        Ok(()) => Finding::ok("exporter", format!("export.jsonl: {path} can be written")),
        Err(error) => Finding::fail(
            "exporter",
            format!(
                "export.jsonl: {path} cannot be written: {error}; set export.jsonl.path to a file that can"
            ),
        ),
    })
}

/// Whether the store can be read, or made. It is not changed.
fn store(settings: &Settings) -> Option<Finding> {
    let described = settings.describe();
    let value = |name: &str| described.iter().find(|key| key.key == name).and_then(|key| key.value.clone());
    let path = value("export.sqlite.path").map(PathBuf::from).or_else(default_store)?;
    let is_encrypted = value("export.sqlite.key").or_else(|| value("export.sqlite.key_file")).is_some();
    let shown = path.display();
    let result = match path.exists() {
        // Whoever has the key opens it.
        true if is_encrypted => {
            File::options().append(true).open(&path).map(drop).map_err(|error| error.to_string())
        }
        true => Store::open(&path).map(drop).map_err(|error| error.to_string()),
        false => tempfile::tempfile_in(nearest_folder(&path)).map(drop).map_err(|error| error.to_string()),
    };
    Some(match result {
        Ok(()) => Finding::ok("exporter", format!("export.sqlite: {shown} can be used")),
        Err(error) => Finding::fail(
            "exporter",
            format!(
                "export.sqlite: {shown} cannot be used: {error}; set export.sqlite.path to a file that can"
            ),
        ),
    })
}

/// Returns the folder that is there in which the rest of the path would be made.
fn nearest_folder(path: &Path) -> PathBuf {
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.into_iter().find(|folder| folder.is_dir()).unwrap_or(Path::new(".")).to_path_buf()
}

#[cfg(feature = "otlp")]
fn receivers(settings: &Settings) -> Vec<Finding> {
    match settings.probe_exporters() {
        Ok(probes) => probes
            .into_iter()
            .map(|probe| match probe.result {
                Ok(()) => Finding::ok("exporter", format!("{}: the receiver answers", probe.exporter)),
                Err(error) => {
                    Finding::fail("exporter", format!("{}: {}", probe.exporter, receiver::explain(&error)))
                }
            })
            .collect(),
        Err(error) => vec![Finding::fail("exporter", error.to_string())],
    }
}

#[cfg(not(feature = "otlp"))]
fn receivers(_: &Settings) -> Vec<Finding> {
    vec![Finding::warn(
        "exporter",
        "export.otlp: this program was built without the feature `otlp` and cannot look",
    )]
}
