//! Numbers of patients and of those who treat them.

use crate::checksums::luhn_digit;
use crate::kind::Value;
use crate::pattern;
use crate::random::Random;

pub(super) fn npi(random: &mut Random, _variant: &str) -> Value {
    let number = pattern::draw("[12][0-9]{8}", random);
    let check = luhn_digit(&format!("80840{number}"));
    Value::whole(format!("{number}{check}"))
}

pub(super) fn medical_record_number(random: &mut Random, _variant: &str) -> Value {
    let form = random.pick(&[
        "[0-9]{6}",
        "[0-9]{7}",
        "[0-9]{8}",
        "[0-9]{10}",
        "[A-Z][0-9]{7}",
        "[0-9]{3}-[0-9]{2}-[0-9]{3}",
    ]);
    Value::whole(pattern::draw(form, random))
}
