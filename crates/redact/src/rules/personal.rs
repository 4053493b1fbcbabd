//! Personal data. The literals are words that must stand near where the form alone says too little.

use crate::rule::{Category, Confidence, Rule};
use crate::validate::crypto;

const PERSONAL: Category = Category::PersonalData;

pub(crate) const RULES: &[Rule] = &[
    Rule::code("email", PERSONAL, "e-mail address, also with %40", &["@", "%40"], Confidence::Form,
        &["write to jane.doe+x@mail.example.co.uk now", "address=jane%40example.net&list=1"],
        &["npm install @scope/name@1.2.3", "logo@2x.png", "git@github.com:a/b.git", "https://example.com/@jane/post"]),
    Rule::code("phone", PERSONAL, "telephone number: international, or national with a word near",
        &["phone", "telefon", "teléfono", "telefone", "téléphone", "telefoon", "tel", "tél", "call", "mobile", "handy", "móvil", "movil", "celular", "cell", "ring", "fax", "bel", "whatsapp", "sms", "contact", "llama", "llame", "llám", "ligue", "appelez", "joindre", "anruf", "rufen", "erreich", "chiama", "cellulare", "電話", "zadzwo"],
        Confidence::Form,
        &["+44 20 7946 0018", "+14155550123", "(415) 555-0123", "phone: 020 7946 0018"],
        &["order 0207946001", "2026-03-10T11:25:29", "+0200"]),
    Rule::code("payment_card", PERSONAL, "payment card: issuer range and Luhn", &[], Confidence::Validated,
        &["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"], &["4111 1111 1111 1112", "1234567812345670", "0.4111111111111111"]),
    Rule::code("iban", PERSONAL, "IBAN: length of the country and test of 97", &[], Confidence::Validated,
        &["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"], &["DE89 3704 0044 0532 0130 01"]),
    Rule::code("us_ssn", PERSONAL, "United States social security number", &["ssn", "social security", "social_security", "socialsecurity", "social-security", "seguro social", "sozialversicherung", "sécurité sociale", "securite sociale", "s.s.n", "ss#", "soc sec", "tax id", "taxpayer", "tin"], Confidence::Form,
        &["541-22-7788", "SSN 541227788", "ssn 541 22 7788"], &["000-12-3456", "number 541227788"]),
    Rule::code("uk_nino", PERSONAL, "United Kingdom National Insurance number", &[], Confidence::Form,
        &["AB123456C", "AB 12 34 56 C"], &["QQ123456C", "AB1234567"]),
    Rule::code("de_tax_id", PERSONAL, "German tax id, check digit MOD 11,10", &["steuer", "tax id", "tax-id", "idnr", "tin", "tax_id", "taxid", "identifikationsnummer"], Confidence::Validated,
        &["Steuer-ID 86 095 742 719"], &["Steuer-ID 86095742718", "order 86095742719"]),
    Rule::code("fr_nir", PERSONAL, "French social security number with its key", &[], Confidence::Validated,
        &["2 55 08 14 168 025 38", "255081416802538"], &["255081416802539"]),
    Rule::code("es_dni", PERSONAL, "Spanish DNI with its letter", &["dni", "identidad", "nif"], Confidence::Validated,
        &["DNI 12345678Z", "dni: 12345678-Z"], &["DNI 12345678A", "part 12345678Z"]),
    Rule::code("es_nie", PERSONAL, "Spanish NIE with its letter", &[], Confidence::Validated,
        &["X1234567L", "X-1234567-L"], &["X1234567A"]),
    Rule::code("it_codice_fiscale", PERSONAL, "Italian codice fiscale with its letter", &[], Confidence::Validated,
        &["RSSMRA85T10A562S"], &["RSSMRA85T10A562T"]),
    Rule::code("in_aadhaar", PERSONAL, "Indian Aadhaar number, Verhoeff", &["aadhaar", "aadhar", "आधार", "uidai", "uid"], Confidence::Validated,
        &["Aadhaar 2341 2341 2346"], &["Aadhaar 2341 2341 2347", "order 234123412346"]),
    Rule::code("br_cpf", PERSONAL, "Brazilian CPF with two check digits", &["cpf", "contribuinte"], Confidence::Validated,
        &["111.444.777-35", "CPF 11144477735"], &["111.444.777-36", "order 11144477735"]),
    Rule::code("nl_bsn", PERSONAL, "Dutch BSN, test of eleven", &["bsn", "burgerservice", "sofinummer"], Confidence::Validated,
        &["BSN 111222333"], &["BSN 111222334", "order 111222333"]),
    Rule::code("ca_sin", PERSONAL, "Canadian social insurance number, Luhn", &["sin", "social insurance", "social_insurance", "assurance sociale", "nas"], Confidence::Validated,
        &["SIN 046 454 286"], &["SIN 046 454 287", "order 046454286"]),
    Rule::code("passport", PERSONAL, "passport number behind the word", &["passport", "passeport", "pasaporte", "reisepass", "paspoort", "passaporto", "passaporte", "paszport", "パスポート", "旅券", "travel document", "reisedokument", "document de voyage"], Confidence::Context,
        &["Passport no. C01X00T47", "pasaporte: 249401306"], &["the passport office opens at nine, counter 46", "order C01X00T47"]),
    Rule::code("us_npi", PERSONAL, "National Provider Identifier behind its name, Luhn", &["npi", "national provider"], Confidence::Validated,
        &["NPI 1234567893"], &["NPI 1234567890", "order 1234567893"]),
    Rule::code("medical_record_number", PERSONAL, "medical record number behind its name", &["mrn", "medical record", "medical_record", "patient id", "patient_id", "patient number", "chart number", "patientennummer", "krankenakte", "dossier médical", "historia clínica", "historia clinica"], Confidence::Context,
        &["MRN: 8184481", "medical record number A-558123"], &["the MRN field is empty", "order 8184481"]),
    Rule::code("date_of_birth", PERSONAL, "date behind words of birth", &["born", "birth", "dob", "d.o.b", "bday", "geboren", "geburt", "geb.", "né le", "née le", "naissance", "nací", "naci", "nacido", "nacida", "nacimiento", "nasc", "nato il", "nata il", "nascita", "geboorte", "urodz", "生年月日", "जन्म"], Confidence::Context,
        &["born on 12 March 1984", "dob=1984-03-12", "geboren am 4. Januar 1949", "date of birth: 3/23/58"], &["signed on 1984-03-12", "the birth of an idea"]),
    Rule::code("ipv4", PERSONAL, "public IPv4 address", &[], Confidence::Form, &["client 47.67.48.247"], &["192.168.1.4", "version 12.0.4.8", "127.0.0.1"]),
    Rule::code("ipv6", PERSONAL, "public IPv6 address", &[], Confidence::Form, &["2a00:2e23:7cf9::3c3c", "[::ffff:47.67.48.247]:80"], &["12:30:45", "::1", "fe80::1", "std::fs"]),
    Rule::code("mac_address", PERSONAL, "MAC address", &[], Confidence::Form, &["64-18-2E-92-75-F9", "6c:f4:b6:dc:c6:08", "6cf4.b6dc.c608"], &["00:00:00:00:00:00", "11:22:33"]),
    Rule::code("bitcoin_address", PERSONAL, "Bitcoin address with its checksum", &[], Confidence::Validated, &["1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"], &["1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"]),
    personal_prefix("bitcoin_address", "Bitcoin address, bech32 or bech32m", &["bc1"], "bc1[02-9ac-hj-np-z]{11,87}", &["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]).validated(crypto::is_bech32),
    personal_prefix("ethereum_address", "Ethereum address: one case throughout or the checksum of EIP-55", &["0x"], "0x[0-9a-fA-F]{40}", &["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"])
        .validated(crypto::is_ethereum)
        .but_not(&["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "0x7f1b9050631f"]),
];

const fn personal_prefix(
    id: &'static str,
    finds: &'static str,
    literals: &'static [&'static str],
    pattern: &'static str,
    examples: &'static [&'static str],
) -> Rule {
    let mut rule = Rule::prefix(id, finds, literals, pattern, examples);
    rule.category = PERSONAL;
    rule
}
