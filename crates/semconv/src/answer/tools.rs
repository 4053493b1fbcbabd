//! Tools that a provider ran on its own side, where its usage does not count them.

use serde_json::{Map, Value};

/// How often a provider ran tools that it bills by the piece; `None` where its answer shows none.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) web_searches: Option<u64>,
    pub(super) file_searches: Option<u64>,
}

impl Tools {
    /// Counts the items of an OpenAI Responses object. Chunks of a stream repeat the object as it grows, so the largest
    /// count stays.
    ///
    /// Of the actions of a web search only `search` is billed; older answers have no action, and searched.
    pub(super) fn add_output(&mut self, object: &Map<String, Value>) {
        if object.get("object").and_then(Value::as_str) != Some("response") {
            return;
        }
        let Some(Value::Array(items)) = object.get("output") else { return };
        let count = |kind: &str| {
            let ran = |item: &&Value| {
                let action = item.get("action").and_then(|action| action.get("type")?.as_str());
                item.get("type").and_then(Value::as_str) == Some(kind)
                    && item.get("status").and_then(Value::as_str) != Some("failed")
                    && action.is_none_or(|action| action == "search")
            };
            Some(items.iter().filter(ran).count() as u64).filter(|count| *count > 0)
        };
        self.web_searches = self.web_searches.max(count("web_search_call"));
        self.file_searches = self.file_searches.max(count("file_search_call"));
    }

    /// Counts the queries of Gemini's grounding, in both spellings. Some models are billed by the query and others by the
    /// prompt that searched at all, which is for the price table to know.
    pub(super) fn add_grounding<'a>(&mut self, candidate: &'a Map<String, Value>) {
        let grounding = candidate.get("groundingMetadata").or_else(|| candidate.get("grounding_metadata"));
        let queries = |grounding: &'a Value| {
            grounding.get("webSearchQueries").or_else(|| grounding.get("web_search_queries"))
        };
        if let Some(Value::Array(queries)) = grounding.and_then(queries) {
            // An empty query is not billed, by Google's price list.
            let asked = queries.iter().filter(|query| query.as_str().is_some_and(|query| !query.is_empty()));
            self.web_searches = self.web_searches.max(Some(asked.count() as u64).filter(|count| *count > 0));
        }
    }
}
