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
        ("total $1234567890 for phone plans", "total $1234567890 for phone plans"),
        ("call 415-555-2671: balance 2345678.90", "call [PHONE]: balance 2345678.90"),
        ("phone: 0171 2345678", "phone: [PHONE]"),
    ];
    let rules = RuleSet::default();
    for (text, expected) in cases {
        assert_eq!(rules.redact(text).text, expected);
    }
}

/// What one word asks for is answered once, however often the text is looked at.
#[test]
fn what_stands_behind_the_answer_is_no_second_one() {
    let cases = [
        (
            "DOB 1984-03-12. Admitted 2024-01-01, discharged 2024-02-01",
            "DOB [DATE_OF_BIRTH]. Admitted 2024-01-01, discharged 2024-02-01",
        ),
        ("MRN 00123456 then 200001, 200002", "MRN [MEDICAL_RECORD_NUMBER] then 200001, 200002"),
        (
            "Passport No: C01X00T47, flight LH1234567, booking X1234567",
            "Passport No: [PASSPORT], flight LH1234567, booking X1234567",
        ),
        (
            "MRN 00123456\nlat 52.520008 lon 13.404954",
            "MRN [MEDICAL_RECORD_NUMBER]\nlat 52.520008 lon 13.404954",
        ),
        (
            "born 1984-03-12, her son was born 2010-05-06",
            "born [DATE_OF_BIRTH], her son was born [DATE_OF_BIRTH]",
        ),
    ];
    let rules = RuleSet::default();
    for (text, expected) in cases {
        let once = rules.redact(text);
        assert_eq!(once.text, expected);
        assert_eq!(rules.redact(&once.text).text, expected);
        assert_eq!(once.findings.len(), expected.matches('[').count());
    }
}
