//! Addresses of wallets.

use crate::checksums::{base58check, checksum_address, segwit_address, segwit_data};
use crate::kind::Value;
use crate::random::Random;

pub(super) fn bitcoin(random: &mut Random, _variant: &str) -> Value {
    let witness = |version: u8, bytes: &[u8]| {
        let data = [vec![version], segwit_data(bytes)].concat();
        segwit_address("bc", &data, version > 0)
    };
    Value::whole(match random.below(5) {
        0 => base58check(0, &random.bytes(20)),
        1 => base58check(5, &random.bytes(20)),
        2 => witness(0, &random.bytes(20)),
        3 => witness(0, &random.bytes(32)),
        _ => witness(1, &random.bytes(32)),
    })
}

pub(super) fn ethereum(random: &mut Random, _variant: &str) -> Value {
    let digits = random.hex(40);
    Value::whole(if random.percent(30) { format!("0x{digits}") } else { checksum_address(&digits) })
}
