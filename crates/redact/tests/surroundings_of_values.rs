//! What stands right before a value neither hides a secret nor makes one.

use otel_genai_redact::RuleSet;

fn redacted(text: &str) -> String {
    RuleSet::default().redact(text).text.into_owned()
}

#[test]
fn versions_are_no_addresses() {
    for text in [
        "nginx 1.25.3.1",
        "see section 1.2.3.4 of the manual",
        "libfoo.so.1.2.3.4",
        "dotnet 8.0.100.2",
        "v1.2.3.4",
    ] {
        assert_eq!(redacted(text), text);
    }
    assert_eq!(redacted("from 81.2.69.142 port 22"), "from [IPV4] port 22");
    assert_eq!(redacted("à 81.2.69.142"), "à [IPV4]");
    assert_eq!(redacted("é81.2.69.142 ürsion"), "é[IPV4] ürsion");
    assert_eq!(redacted("nginx 81.2.69.142 - - GET"), "nginx [IPV4] - - GET");
}

#[test]
fn brackets_in_front_exempt_nothing() {
    for text in [
        "password=[EMAIL]Hx7aQ2m9LkPq33Zz",
        "api_key: <x>Hx7aQ2m9LkPq33Zz",
        "[OPENAI_API_KEY:*Hx7aQ2m9LkPq33Zz]",
        "api_key = [x]Hx7aQ2m9LkPq33Zz",
    ] {
        let once = redacted(text);
        assert!(!once.contains("Hx7aQ2"), "{once}");
        assert_eq!(redacted(&once), once);
    }
    for text in ["password=[EMAIL]", "[OPENAI_API_KEY:*33Zz]", "api_key: <your key>", "password: [x](y)"] {
        assert_eq!(redacted(text), text);
    }
}
