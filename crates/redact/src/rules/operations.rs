//! Keys of monitoring, planning, design and other services.

use crate::rule::Rule;
use crate::validate::secrets;

pub(crate) const RULES: &[Rule] = &[
    Rule::prefix(
        "new_relic_user_key",
        "New Relic user key",
        &["NRAK-"],
        "NRAK-[A-Z0-9]{27}",
        &["NRAK-<upper:27>"],
    ),
    Rule::prefix(
        "new_relic_license_key",
        "New Relic license key",
        &["NRAL"],
        "[0-9a-f]{36}NRAL",
        &["<hex:36>NRAL"],
    )
    .inside(),
    Rule::key(
        "datadog_api_key",
        "Datadog API key",
        &["datadog", "dd_"],
        "[0-9a-f]{32}",
        &["DD_API_KEY=<hex:32>"],
    ),
    Rule::key(
        "datadog_app_key",
        "Datadog application key",
        &["datadog", "dd_"],
        "[0-9a-f]{40}",
        &["DD_APP_KEY=<hex:40>"],
    ),
    Rule::prefix(
        "grafana_cloud_token",
        "Grafana Cloud token",
        &["glc_"],
        "glc_eyJ[A-Za-z0-9+/_-]{40,400}={0,2}",
        &["glc_eyJ<alnum:120>=="],
    ),
    Rule::prefix(
        "grafana_service_account_token",
        "Grafana service account token",
        &["glsa_"],
        "glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}",
        &["glsa_<alnum:32>_<hex:8>"],
    ),
    Rule::prefix(
        "sentry_org_token",
        "Sentry organisation token",
        &["sntrys_"],
        "sntrys_eyJ[A-Za-z0-9+/=_-]{60,500}",
        &["sntrys_eyJ<alnum:120>_<alnum:43>"],
    ),
    Rule::prefix(
        "sentry_user_token",
        "Sentry user token",
        &["sntryu_"],
        "sntryu_[0-9a-f]{64}",
        &["sntryu_<hex:64>"],
    ),
    Rule::prefix(
        "dynatrace_token",
        "Dynatrace token",
        &["dt0c01.", "dt0s01.", "dt0s02.", "dt0s16."],
        r"dt0[cs][0-9]{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}",
        &["dt0c01.<upper:24>.<upper:64>"],
    ),
    Rule::key(
        "honeycomb_api_key",
        "Honeycomb key",
        &["honeycomb"],
        "[A-Za-z0-9]{22}|hc[a-z]{2,3}_[A-Za-z0-9]{58}",
        &["HONEYCOMB_API_KEY=<alnum:22>"],
    ),
    Rule::prefix(
        "logfire_token",
        "Logfire token",
        &["pylf_v1_"],
        "pylf_v1_[a-z]{2,4}_[A-Za-z0-9]{40,48}",
        &["pylf_v1_us_<alnum:43>"],
    ),
    Rule::prefix(
        "posthog_personal_key",
        "PostHog personal key",
        &["phx_"],
        "phx_[A-Za-z0-9]{40,60}",
        &["phx_<alnum:43>"],
    ),
    Rule::prefix("pagerduty_api_key", "PagerDuty key", &["u+"], r"u\+[A-Za-z0-9_-]{18}", &["u+<alnum:18>"]),
    Rule::prefix(
        "linear_api_key",
        "Linear key",
        &["lin_api_"],
        "lin_api_[A-Za-z0-9]{40}",
        &["lin_api_<alnum:40>"],
    ),
    Rule::prefix(
        "notion_token",
        "Notion token",
        &["ntn_", "secret_"],
        "ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43}",
        &["ntn_<digit:11><alnum:35>", "secret_<alnum:43>"],
    )
    .but_not(&["secret_store_for_agents"]),
    Rule::prefix(
        "airtable_token",
        "Airtable token",
        &["pat"],
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        &["pat<alnum:14>.<hex:64>"],
    )
    .word(),
    Rule::prefix(
        "figma_token",
        "Figma token",
        &["figd_", "figu_"],
        "fig[du]_[A-Za-z0-9_-]{40,44}",
        &["figd_<alnum:40>"],
    ),
    Rule::prefix(
        "asana_token",
        "Asana token",
        &["1/"],
        "1/[0-9]{15,17}:[0-9a-f]{32}|2/[0-9]{15,17}/[0-9]{15,17}:[0-9a-f]{32}",
        &["1/<digit:16>:<hex:32>"],
    )
    .word(),
    Rule::prefix(
        "contentful_token",
        "Contentful token",
        &["CFPAT-"],
        "CFPAT-[A-Za-z0-9_-]{43}",
        &["CFPAT-<url:43>"],
    ),
    Rule::key(
        "algolia_admin_key",
        "Algolia admin key",
        &["algolia"],
        "[0-9a-f]{32}",
        &["ALGOLIA_ADMIN_KEY=<hex:32>"],
    ),
    Rule::prefix(
        "mapbox_secret_token",
        "Mapbox secret token",
        &["sk.eyJ"],
        r"sk\.eyJ[A-Za-z0-9_-]{30,200}\.[A-Za-z0-9_-]{20,30}",
        &["sk.eyJ1Ijoi<alnum:60>.<alnum:22>"],
    ),
    Rule::prefix(
        "launchdarkly_key",
        "LaunchDarkly key",
        &["sdk-", "api-"],
        "(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        &["sdk-<uuid>"],
    ),
    Rule::key(
        "okta_api_token",
        "Okta token",
        &["okta"],
        "00[A-Za-z0-9_-]{40}",
        &["OKTA_API_TOKEN=00<url:40>"],
    ),
    Rule::prefix(
        "rapidapi_key",
        "RapidAPI key",
        &["msh"],
        "[0-9a-f]{10}msh[0-9a-f]{15}p1[0-9a-f]{6}jsn[0-9a-f]{12}",
        &["<hex:10>msh<hex:15>p1<hex:6>jsn<hex:12>"],
    )
    .inside(),
    Rule::prefix("trello_token", "Trello token", &["ATTA"], "ATTA[0-9a-f]{72}", &["ATTA<hex:72>"]),
    Rule::prefix(
        "dropbox_token",
        "Dropbox token",
        &["sl."],
        r"sl\.(?:u\.)?[A-Za-z0-9_-]{100,1500}",
        &["sl.<url:135>"],
    ),
    Rule::prefix(
        "adobe_client_secret",
        "Adobe client secret",
        &["p8e-"],
        "p8e-[A-Za-z0-9_-]{32}",
        &["p8e-<alnum:32>"],
    ),
    Rule::prefix("readme_api_key", "ReadMe key", &["rdme_"], "rdme_[a-z0-9]{70}", &["rdme_<lower:70>"]),
    Rule::prefix(
        "typeform_token",
        "Typeform token",
        &["tfp_"],
        "tfp_[A-Za-z0-9_.=-]{55,64}",
        &["tfp_<alnum:59>"],
    )
    .checked(secrets::looks_random),
];
