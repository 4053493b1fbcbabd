//! Ways of processing a request that have prices of their own.

/// Ways of processing a request that have prices of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Answered within hours: `batch`.
    Batch,
    /// Slower and cheaper: `flex`.
    Flex,
    /// Between flex and standard: `balanced`.
    Balanced,
    /// Faster and dearer: `priority`.
    Priority,
    /// Anthropic's fast mode, and OpenAI's newer word for priority: `fast`.
    Fast,
    /// `ultrafast`.
    Ultrafast,
}

impl Variant {
    /// Every variant, in catalogue order.
    pub const ALL: [Self; 6] =
        [Self::Batch, Self::Flex, Self::Balanced, Self::Priority, Self::Fast, Self::Ultrafast];

    /// The key in the `v` object of a catalogue line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Flex => "flex",
            Self::Balanced => "balanced",
            Self::Priority => "priority",
            Self::Fast => "fast",
            Self::Ultrafast => "ultrafast",
        }
    }

    /// The variant for a catalogue key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.key() == key)
    }

    /// The variant that a provider's word for a service tier, traffic type or speed means; `None` is the standard price.
    ///
    /// Words end in the tier (`ON_DEMAND_FLEX` of Vertex), so the last part decides.
    #[must_use]
    pub fn from_service_tier(word: &str) -> Option<Self> {
        let last = word.rsplit(['_', '-', '.']).next().unwrap_or(word);
        let is = |name: &str| last.eq_ignore_ascii_case(name);
        if is("batch") || is("batches") {
            Some(Self::Batch)
        } else if is("flex") {
            Some(Self::Flex)
        } else if is("balanced") {
            Some(Self::Balanced)
        } else if is("priority") {
            Some(Self::Priority)
        } else if is("fast") {
            Some(Self::Fast)
        } else if is("ultrafast") {
            Some(Self::Ultrafast)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        assert!(Variant::ALL.into_iter().all(|variant| Variant::from_key(variant.key()) == Some(variant)));
    }

    #[test]
    fn service_tiers_of_several_providers() {
        for (word, variant) in [
            ("default", None),
            ("standard", None),
            ("ON_DEMAND", None),
            ("ON_DEMAND_FLEX", Some(Variant::Flex)),
            ("priority", Some(Variant::Priority)),
            ("batch", Some(Variant::Batch)),
        ] {
            assert_eq!(Variant::from_service_tier(word), variant, "{word}");
        }
    }
}
