//! Numbers of persons by their form: a table of forms, each with its checksum.

use std::sync::LazyLock;

use super::context::Contexts;
use super::text::{begins, ends};
use crate::validate::identities as check;

/// A form of a number: `9` a digit, `A` a capital letter, `X` either; all else as it is.
struct Form {
    kind: &'static str,
    form: &'static str,
    check: fn(&[u8]) -> bool,
    /// Found without a word near.
    alone: bool,
}

const fn near(kind: &'static str, form: &'static str, check: fn(&[u8]) -> bool) -> Form {
    Form { kind, form, check, alone: false }
}

const fn alone(kind: &'static str, form: &'static str, check: fn(&[u8]) -> bool) -> Form {
    Form { kind, form, check, alone: true }
}

const FORMS: &[Form] = &[
    near("uk_nhs", "9999999999", check::is_uk_nhs),
    near("uk_nhs", "999 999 9999", check::is_uk_nhs),
    near("uk_nhs", "999-999-9999", check::is_uk_nhs),
    near("au_tfn", "999999999", check::is_au_tfn),
    near("au_tfn", "999 999 999", check::is_au_tfn),
    near("au_tfn", "999-999-999", check::is_au_tfn),
    near("au_abn", "99999999999", check::is_au_abn),
    near("au_abn", "99 999 999 999", check::is_au_abn),
    near("au_acn", "999999999", check::is_au_acn),
    near("au_acn", "999 999 999", check::is_au_acn),
    near("au_medicare", "9999999999", check::is_au_medicare),
    near("au_medicare", "9999 99999 9", check::is_au_medicare),
    near("au_medicare", "9999-99999-9", check::is_au_medicare),
    alone("in_pan", "AAAAA9999A", check::is_in_pan),
    alone("sg_nric", "A9999999A", check::is_sg_nric),
    near("pl_pesel", "99999999999", check::is_pl_pesel),
    alone("fi_hetu", "999999-999X", check::is_fi_hetu),
    alone("fi_hetu", "999999+999X", check::is_fi_hetu),
    alone("fi_hetu", "999999A999X", check::is_fi_hetu),
    near("se_personal_number", "999999-9999", check::is_se_personal_number),
    near("se_personal_number", "99999999-9999", check::is_se_personal_number),
    near("se_personal_number", "9999999999", check::is_se_personal_number),
    near("se_personal_number", "999999999999", check::is_se_personal_number),
    alone("kr_rrn", "999999-9999999", check::is_kr_rrn),
    near("kr_rrn", "9999999999999", check::is_kr_rrn),
    near("it_vat", "99999999999", check::is_it_vat),
    alone("mx_curp", "AAAA999999AAAAAAX9", check::is_mx_curp),
    alone("ch_ahv", "999.9999.9999.99", check::is_ch_ahv),
    near("ch_ahv", "9999999999999", check::is_ch_ahv),
    alone("cn_id", "999999999999999999", check::is_cn_id),
    alone("cn_id", "99999999999999999A", check::is_cn_id),
    alone("br_cnpj", "99.999.999/9999-99", check::is_br_cnpj),
    near("br_cnpj", "99999999999999", check::is_br_cnpj),
    near("ar_cuit", "99-99999999-9", check::is_ar_cuit),
    near("ar_cuit", "99999999999", check::is_ar_cuit),
    alone("cl_rut", "99.999.999-X", check::is_cl_rut),
    alone("cl_rut", "9.999.999-X", check::is_cl_rut),
    near("cl_rut", "99999999-X", check::is_cl_rut),
    alone("be_national_number", "99.99.99-999.99", check::is_be_national_number),
    near("be_national_number", "99999999999", check::is_be_national_number),
    near("tr_identity_number", "99999999999", check::is_tr_identity_number),
    near("pt_nif", "999999999", check::is_pt_nif),
    near("pt_nif", "999 999 999", check::is_pt_nif),
    near("us_itin", "999-99-9999", check::is_us_itin),
    near("us_itin", "999 99 9999", check::is_us_itin),
    near("us_itin", "999999999", check::is_us_itin),
    near("us_routing_number", "999999999", check::is_us_routing_number),
    near("us_routing_number", "9999-9999-9", check::is_us_routing_number),
    near("us_dea", "AA9999999", check::is_us_dea),
    near("imei", "999999999999999", check::is_imei),
    near("imei", "99-999999-999999-9", check::is_imei),
    near("imei", "99 999999 999999 9", check::is_imei),
    near("vin", "XXXXXXXXXXXXXXXXX", check::is_vin),
    near("za_id", "9999999999999", check::is_za_id),
    near("no_birth_number", "99999999999", check::is_no_birth_number),
    near("no_birth_number", "999999 99999", check::is_no_birth_number),
    near("dk_cpr", "999999-9999", check::is_dk_cpr),
    near("ro_cnp", "9999999999999", check::is_ro_cnp),
    near("cz_birth_number", "999999/9999", check::is_cz_birth_number),
    near("il_id", "999999999", check::is_il_id),
    near("jp_my_number", "999999999999", check::is_jp_my_number),
    near("jp_my_number", "9999 9999 9999", check::is_jp_my_number),
    near("jp_my_number", "9999-9999-9999", check::is_jp_my_number),
    alone("th_id", "9-9999-99999-99-9", check::is_th_id),
    near("th_id", "9999999999999", check::is_th_id),
    near("at_insurance_number", "9999999999", check::is_at_insurance_number),
    near("at_insurance_number", "9999 999999", check::is_at_insurance_number),
];

/// The longest first group of a form, in characters.
const LONGEST: usize = 18;

/// The forms by the length of their first group: most words have none.
static BY_LENGTH: LazyLock<[Vec<&Form>; LONGEST + 1]> = LazyLock::new(|| {
    let mut table = [const { Vec::new() }; LONGEST + 1];
    for form in FORMS {
        let first =
            form.form.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(form.form.len());
        if let Some(forms) = table.get_mut(first) {
            forms.push(form);
        }
    }
    table
});

/// How far before and after a number its word may stand, in bytes.
const BEFORE: usize = 48;
const AFTER: usize = 24;

/// Looks for the numbers that begin with the word at `start..end`.
pub(super) fn find(
    bytes: &[u8],
    contexts: &Contexts<'_>,
    start: usize,
    end: usize,
    mut push: impl FnMut(&'static str, usize, usize),
) {
    let Some(forms) = BY_LENGTH.get(end - start).filter(|forms| !forms.is_empty()) else { return };
    // A short group has another behind it.
    if end - start <= 6
        && !(matches!(bytes.get(end), Some(b' ' | b'-' | b'.' | b'/' | b'+'))
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit))
    {
        return;
    }
    let before = start.checked_sub(1).map(|at| bytes[at]);
    if !begins(bytes, start) || is_inner(bytes, start, before) {
        return;
    }
    for form in forms {
        let stop = start + form.form.len();
        let Some(text) = bytes.get(start..stop) else { continue };
        let fits = text.iter().zip(form.form.bytes()).all(|(byte, class)| match class {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'X' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            own => *byte == own,
        });
        let follows = matches!(
            (bytes.get(stop), bytes.get(stop + 1)),
            (Some(b'-' | b'.' | b'_' | b'/'), Some(next)) if next.is_ascii_alphanumeric()
        );
        if !fits || !ends(bytes, stop) || follows {
            continue;
        }
        let mut characters = [0_u8; 24];
        let mut count = 0;
        for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            characters[count] = *byte;
            count += 1;
        }
        let is_near = || contexts.near(form.kind, start, stop, BEFORE, AFTER);
        if (form.check)(&characters[..count]) && (form.alone || is_near()) {
            push(form.kind, start, stop);
        }
    }
}

/// Part of a longer number, an id, a path or a fraction.
fn is_inner(bytes: &[u8], start: usize, before: Option<u8>) -> bool {
    matches!(before, Some(b'-' | b'_' | b'.' | b'/' | b'+' | b':'))
        && start >= 2
        && bytes[start - 2].is_ascii_alphanumeric()
        && !super::text::is_escape_letter(bytes, start - 2)
        && before != Some(b':')
}
