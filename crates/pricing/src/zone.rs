//! Where a request was served, as far as prices depend on it.

use crate::factor::Factor;

/// The region key that stands for any endpoint that is not global.
const REGIONAL: &str = "regional";

/// Words around a data zone's name that carry no information: `data-zone-eu`, `DataZoneStandard-US`.
const FILLERS: [&str; 6] = ["data", "zone", "datazone", "datazonestandard", "standard", "inference"];

/// Brings a region or data zone to the form in which the catalogue names it; `None` when it says nothing.
pub(crate) fn from_region(region: &str) -> Option<String> {
    let lower = region.trim().to_ascii_lowercase();
    let words: Vec<_> = lower.split(['-', '_', ' ']).filter(|word| !word.is_empty()).collect();
    if lower == "not_available" || lower == "default" || words.is_empty() {
        return None;
    }
    let named: Vec<_> = words.into_iter().filter(|word| !FILLERS.contains(word)).collect();
    (!named.is_empty()).then(|| named.join("-"))
}

/// The region that an API's host name tells, if it does.
pub(crate) fn from_host(host: &str) -> Option<&str> {
    let host = host.trim().trim_start_matches("https://").trim_start_matches("http://");
    let host = host.split(['/', ':']).next().unwrap_or(host);
    if let Some(region) = host.strip_suffix("-aiplatform.googleapis.com") {
        return Some(region);
    }
    if let Some(region) =
        host.strip_prefix("aiplatform.").and_then(|rest| rest.strip_suffix(".rep.googleapis.com"))
    {
        return Some(region);
    }
    if let Some(region) = host.strip_suffix(".api.openai.com") {
        return Some(region);
    }
    let aws = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".api.aws"))?;
    let (service, region) = aws.rsplit_once('.')?;
    service.starts_with("bedrock").then_some(region)
}

/// The region in a model's resource path: `projects/…/locations/us-east5/…`, `arn:aws:bedrock:us-east-1:…`.
pub(crate) fn from_resource(model: &str) -> Option<&str> {
    let region = match model.split_once("/locations/") {
        Some((_, rest)) => rest.split('/').next(),
        None => model.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)),
    };
    region.filter(|region| !region.is_empty())
}

/// The multiplier of a row for a zone.
pub(crate) fn factor(regions: &[(String, Factor)], zone: Option<&str>) -> Option<Factor> {
    let zone = zone.filter(|zone| *zone != "global")?;
    let named = regions.iter().find(|(region, _)| region == zone);
    let any = || regions.iter().find(|(region, _)| region == REGIONAL);
    named.or_else(any).map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_tell_a_region() {
        for (host, region) in [
            ("us-east5-aiplatform.googleapis.com", Some("us-east5")),
            ("https://aiplatform.eu.rep.googleapis.com/v1", Some("eu")),
            ("aiplatform.googleapis.com", None),
            ("eu.api.openai.com", Some("eu")),
            ("api.openai.com", None),
            ("bedrock-runtime.eu-central-1.amazonaws.com", Some("eu-central-1")),
            ("s3.eu-central-1.amazonaws.com", None),
        ] {
            assert_eq!(from_host(host), region, "{host}");
        }
    }

    #[test]
    fn resource_paths_tell_a_region() {
        assert_eq!(from_resource("projects/p/locations/us-east5/publishers/a/models/m"), Some("us-east5"));
        assert_eq!(from_resource("arn:aws:bedrock:eu-west-1:1:inference-profile/m"), Some("eu-west-1"));
        assert_eq!(from_resource("gpt-4o"), None);
    }

    #[test]
    fn regions_lose_words_without_meaning() {
        for (region, zone) in [
            ("EU", Some("eu")),
            ("data_zone_eu", Some("eu")),
            ("DataZoneStandard-US", Some("us")),
            ("us-east5", Some("us-east5")),
            ("not_available", None),
            ("", None),
        ] {
            assert_eq!(from_region(region).as_deref(), zone, "{region}");
        }
    }
}
