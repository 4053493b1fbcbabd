//! Things that are billed by the piece.

/// Things that are billed by the piece rather than by the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fee {
    /// One web search (or, for one search size, see the next two).
    WebSearch,
    /// One web search with a small context.
    WebSearchLow,
    /// One web search with a large context.
    WebSearchHigh,
    /// A request that searched at all, however many searches it made (Gemini 2 grounding).
    SearchedRequest,
    /// One request.
    Request,
    /// One request with a medium search context.
    RequestMedium,
    /// One request with a large search context.
    RequestHigh,
    /// One search in stored files.
    FileSearch,
    /// One query to a map service.
    MapQuery,
    /// One session of a code interpreter.
    CodeSession,
    /// One search or rerank query.
    Query,
    /// One image read.
    InputImage,
    /// One image made.
    OutputImage,
    /// One second of audio (or video) read.
    InputSecond,
    /// One second of audio or video made.
    OutputSecond,
    /// One character read.
    InputCharacter,
    /// One character written.
    OutputCharacter,
    /// One page read.
    Page,
    /// One page read and annotated.
    AnnotatedPage,
}

impl Fee {
    /// Every fee, in catalogue order.
    pub const ALL: [Self; 19] = [
        Self::WebSearch,
        Self::WebSearchLow,
        Self::WebSearchHigh,
        Self::SearchedRequest,
        Self::Request,
        Self::RequestMedium,
        Self::RequestHigh,
        Self::FileSearch,
        Self::MapQuery,
        Self::CodeSession,
        Self::Query,
        Self::InputImage,
        Self::OutputImage,
        Self::InputSecond,
        Self::OutputSecond,
        Self::InputCharacter,
        Self::OutputCharacter,
        Self::Page,
        Self::AnnotatedPage,
    ];

    /// The key in the `fee` object of a catalogue line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search",
            Self::WebSearchLow => "web_search_low",
            Self::WebSearchHigh => "web_search_high",
            Self::SearchedRequest => "searched_request",
            Self::Request => "request",
            Self::RequestMedium => "request_medium",
            Self::RequestHigh => "request_high",
            Self::FileSearch => "file_search",
            Self::MapQuery => "map_query",
            Self::CodeSession => "code_session",
            Self::Query => "query",
            Self::InputImage => "in_image",
            Self::OutputImage => "out_image",
            Self::InputSecond => "in_second",
            Self::OutputSecond => "out_second",
            Self::InputCharacter => "in_character",
            Self::OutputCharacter => "out_character",
            Self::Page => "page",
            Self::AnnotatedPage => "annotated_page",
        }
    }

    /// The fee for a catalogue key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fee| fee.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        assert!(Fee::ALL.into_iter().all(|fee| Fee::from_key(fee.key()) == Some(fee)));
    }
}
