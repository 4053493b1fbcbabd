//! Harmless text around values.

use crate::pattern;
use crate::random::Random;

pub(crate) const FIRST_NAMES: &[&str] = &[
    "Anna", "Ben", "Carla", "Daniel", "Elena", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Kavya", "Liam",
    "Mia", "Noah", "Olga", "Pedro", "Quinn", "Rosa", "Sven", "Tara", "Uwe", "Vera", "Wen", "Yara", "Zoe",
];

pub(crate) const LAST_NAMES: &[&str] = &[
    "Almeida", "Becker", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hoffmann", "Ivanova", "Jansen",
    "Kumar", "Lopez", "Moreau", "Nakamura", "Olsen", "Patel", "Rossi", "Schmidt", "Tanaka", "Visser",
    "Weber", "Young",
];

pub(crate) const COMPANIES: &[&str] = &[
    "Brightwater",
    "Nordlicht",
    "Halcyon Bank",
    "Vantablue",
    "Kestrel Labs",
    "Acme Logistics",
    "Riverstone",
    "Tanaka Seiki",
    "San Marco",
    "Cobalt Freight",
];

/// Domains of machines.
pub(crate) const HOSTS: &[&str] = &[
    "brightwater.io",
    "halcyonbank.co",
    "kestrel.dev",
    "nordlicht-verlag.de",
    "vantablue.cloud",
    "prod.riverstone.net",
    "eu1.cobaltfreight.com",
];

const CITIES: &[&str] =
    &["Lyon", "Hamburg", "Porto", "Leeds", "Utrecht", "Pune", "Sevilla", "Torino", "Halifax"];

const MODELS: &[&str] = &[
    "claude-sonnet-4-5-20250929",
    "gpt-4o-2024-08-06",
    "gpt-4.1-mini",
    "gemini-2.5-pro",
    "mistral-large-2411",
    "llama-3.3-70b-versatile",
    "o3-mini-2025-01-31",
    "claude-3-5-haiku-20241022",
    "deepseek-chat",
    "qwen2.5-72b-instruct",
    "text-embedding-3-large",
    "command-r-plus-08-2024",
    "anthropic.claude-3-sonnet-20240229-v1:0",
    "grok-2-1212",
];

const TOOLS: &[&str] = &[
    "search_web",
    "get_weather",
    "run_sql",
    "send_message",
    "lookup_order",
    "read_file",
    "create_ticket",
    "http_get",
];

const FILES: &[&str] =
    &["agent.py", "main.rs", "tools/http.ts", "handlers.go", "OrderService.java", "worker.rb"];

/// Draws text of a sort; `None` for a sort that is not known.
pub(crate) fn draw(sort: &str, random: &mut Random) -> Option<String> {
    Some(match sort {
        "first" => random.pick(FIRST_NAMES).to_owned(),
        "last" => random.pick(LAST_NAMES).to_owned(),
        "name" => format!("{} {}", random.pick(FIRST_NAMES), random.pick(LAST_NAMES)),
        "company" => random.pick(COMPANIES).to_owned(),
        "city" => random.pick(CITIES).to_owned(),
        "host" => random.pick(HOSTS).to_owned(),
        "model" => random.pick(MODELS).to_owned(),
        "tool" => random.pick(TOOLS).to_owned(),
        "file" => random.pick(FILES).to_owned(),
        "small" => random.between(2, 99).to_string(),
        "int" => random.between(100, 9999).to_string(),
        "port" => random.pick(&["443", "8080", "8443", "3000", "9090", "22", "5060"]).to_owned(),
        "line" => random.between(3, 900).to_string(),
        "date" => format!("2026-{:02}-{:02}", random.between(1, 12), random.between(1, 28)),
        "clock" => clock(random),
        "iso" => {
            let (day, milliseconds) = (random.between(1, 28), random.between(0, 999));
            format!("2026-{:02}-{day:02}T{}.{milliseconds:03}Z", random.between(1, 12), clock(random))
        }
        "uuid" => {
            pattern::draw("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", random)
        }
        "trace" => random.hex(32),
        "span" => random.hex(16),
        "version" => {
            format!("{}.{}.{}", random.between(0, 12), random.between(0, 40), random.between(0, 30))
        }
        "tokens" => random.pick(&["512", "4096", "8192", "16384", "128000", "200000"]).to_owned(),
        "amount" => format!("{}.{:02}", random.between(3, 4800), random.below(100)),
        "ticket" => format!("{}-{}", random.pick(&["OPS", "SUP", "DATA", "WEB"]), random.between(10, 9999)),
        "order" => format!("ORD-{}", random.between(10_000, 999_999)),
        _ => return None,
    })
}

fn clock(random: &mut Random) -> String {
    format!("{:02}:{:02}:{:02}", random.between(0, 23), random.between(0, 59), random.between(0, 59))
}
