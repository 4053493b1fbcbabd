//! A number is what the word directly before it says, whatever other words stand near.

use otel_genai_redact::RuleSet;

#[test]
fn the_word_before_a_number_says_what_it_is() {
    let cases = [
        ("phone 415-555-0132, SSN 078-05-1120", "phone [PHONE], SSN [US_SSN]"),
        ("tel 4155550132. SSN 536904399", "tel [PHONE]. SSN [US_SSN]"),
        ("call 415-555-0132 about 078-05-1120", "call [PHONE] about [US_SSN]"),
        ("SSN 536904399, phone 536904398", "SSN [US_SSN], phone [PHONE]"),
        (
            "my mobile is 415-555-0132 and my social security number is 536 90 4399",
            "my mobile is [PHONE] and my social security number is [US_SSN]",
        ),
        ("SSN unknown, phone: 030 901820", "SSN unknown, phone: [PHONE]"),
    ];
    let rules = RuleSet::default();
    for (text, expected) in cases {
        assert_eq!(rules.redact(text).text, expected);
    }
}
