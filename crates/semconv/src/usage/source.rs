//! Where token counts come from.

/// Where the token counts of a call come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// The provider reported them.
    #[default]
    Reported,
    /// The provider reported some of them; a total that is missing is absent, and a total whose library is known to
    /// leave parts out is a lower bound.
    Partial,
    /// Somebody estimated at least one of them.
    Estimated,
}

impl Source {
    /// Returns the value of `otel_genai.usage.source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Partial => "partial",
            Self::Estimated => "estimated",
        }
    }

    /// Reads the value of `otel_genai.usage.source`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Reported, Self::Partial, Self::Estimated].into_iter().find(|source| source.as_str() == name)
    }
}
