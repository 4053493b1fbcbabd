//! Where a price was set.

/// The places a price can come from; a later one patches the earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The catalogue of this release.
    #[default]
    Bundled,
    /// A newer catalogue in the local cache.
    Cache,
    /// The user's price file.
    File,
    /// An environment variable.
    Environment,
    /// The program itself.
    Builder,
}

impl Layer {
    /// The word for `llm.pricing.source` and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Cache => "cache",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Builder => "builder",
        }
    }
}
