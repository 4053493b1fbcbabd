//! The catalogues at hand: compiled in, in the local cache, in a file.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use otel_genai::Compression;
use otel_genai::pricing::{Catalogue, CatalogueError, PriceSources, PriceTable};

use crate::failure::Failure;
use crate::output::Output;

/// What became of the local cache.
pub(super) enum Cached {
    /// There is no folder for caches.
    Nowhere,
    /// There is none.
    Absent,
    /// It is no newer than the catalogue compiled in, which is used instead.
    Older(Catalogue),
    /// It is used.
    Used(Catalogue),
    /// It is there, but is no catalogue.
    Unreadable(CatalogueError),
}

/// Returns the catalogue compiled in.
pub(super) fn bundled() -> Result<Catalogue, Failure> {
    Catalogue::bundled().map_err(|error| Failure::Work(error.to_string()))
}

/// Looks at the local cache.
pub(super) fn cached(sources: &PriceSources, bundled: &Catalogue) -> Cached {
    let Some(path) = &sources.cache else { return Cached::Nowhere };
    if !path.exists() {
        return Cached::Absent;
    }
    match Catalogue::read_file(path) {
        Ok(catalogue) if is_used(&catalogue, bundled) => Cached::Used(catalogue),
        Ok(catalogue) => Cached::Older(catalogue),
        Err(error) => Cached::Unreadable(error),
    }
}

/// Tells whether a catalogue is used if it is in the cache.
pub(super) fn is_used(catalogue: &Catalogue, bundled: &Catalogue) -> bool {
    catalogue.generated_at() > bundled.generated_at()
}

/// Returns the catalogue that is used, without anything that the user set on top of it.
pub(super) fn in_use(sources: &PriceSources) -> Result<Catalogue, Failure> {
    let bundled = bundled()?;
    match cached(sources, &bundled) {
        Cached::Nowhere | Cached::Absent | Cached::Older(_) => Ok(bundled),
        Cached::Used(catalogue) => Ok(catalogue),
        Cached::Unreadable(error) => Err(unreadable_cache(&error)),
    }
}

/// Says that the cache is no catalogue, and what to do about it.
pub(super) fn unreadable_cache(error: &CatalogueError) -> Failure {
    Failure::Work(format!("the local cache cannot be read: {error}; `otel-genai pricing clear` removes it"))
}

/// Builds the table from all sources.
pub(super) fn table(sources: &PriceSources) -> Result<PriceTable, Failure> {
    if let Some(path) = sources.cache.as_deref().filter(|path| path.exists()) {
        Catalogue::read_file(path).map_err(|error| unreadable_cache(&error))?;
    }
    sources.table().map_err(|error| Failure::Usage(error.to_string()))
}

/// Reads a catalogue that a user names: a file or a folder.
pub(super) fn read(path: &Path) -> Result<Catalogue, Failure> {
    let read = if path.is_dir() { Catalogue::read_dir(path) } else { Catalogue::read_file(path) };
    let catalogue = read.map_err(|error| Failure::Work(error.to_string()))?;
    if catalogue.model_count() == 0 {
        return Err(Failure::Work(format!("{}: it has no models", path.display())));
    }
    Ok(catalogue)
}

/// Returns where the local cache is.
pub(super) fn cache_path(sources: &PriceSources) -> Result<&Path, Failure> {
    sources.cache.as_deref().ok_or_else(|| {
        Failure::Usage("no folder for caches is known; name a file with OTEL_GENAI_PRICING_CACHE".into())
    })
}

/// Writes the local cache, whole or not at all.
pub(super) fn write_cache(path: &Path, catalogue: &Catalogue) -> Result<(), Failure> {
    let packed = catalogue.pack().map_err(|error| Failure::Work(error.to_string()))?;
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut output = Output::file(path, Compression::None, true)?;
        output.write_all(&packed)?;
        output.finish()
    };
    write().map_err(|error| Failure::Work(format!("cannot write {}: {error}", path.display())))
}
