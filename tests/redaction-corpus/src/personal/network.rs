//! Addresses of machines that belong to people.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::kind::Value;
use crate::random::Random;

/// Draws a public address: products differ on private, loopback and documentation addresses, so none is in the set.
fn public_ipv4(random: &mut Random) -> Ipv4Addr {
    loop {
        let bytes = random.bytes(4);
        let [first, second, third, fourth] = [bytes[0], bytes[1], bytes[2], bytes[3]];
        let address = Ipv4Addr::new(first, second, third, fourth);
        let is_special = first >= 224
            || first == 192 && (second == 0 || second == 88)
            || first == 100 && (64..128).contains(&second)
            || first == 198 && (18..20).contains(&second)
            || address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_documentation();
        // A last byte of 0 or 255 reads like a network, a small first byte like a version.
        if !is_special && fourth != 0 && fourth != 255 && first > 20 {
            return address;
        }
    }
}

pub(super) fn ipv4(random: &mut Random, _variant: &str) -> Value {
    Value::whole(public_ipv4(random).to_string())
}

pub(super) fn ipv6(random: &mut Random, _variant: &str) -> Value {
    let prefix = random.pick(&[0x2a00_u16, 0x2a01, 0x2a02, 0x2600, 0x2607, 0x2400, 0x2804, 0x2c0f]);
    let mut group = || u16::try_from(random.bits() & 0xffff).unwrap_or(1).max(1);
    let full = [prefix, group(), group(), group(), group(), group(), group(), group()];
    let short = [prefix, full[1], full[2], 0, 0, 0, 0, full[7]];
    let written_out = |groups: [u16; 8]| groups.map(|group| format!("{group:04x}")).join(":");
    Value::whole(match random.below(6) {
        0 => written_out(full),
        1 => Ipv6Addr::from(full).to_string(),
        2 => Ipv6Addr::from(short).to_string(),
        3 => Ipv6Addr::from(short).to_string().to_ascii_uppercase(),
        4 => written_out(short),
        _ => format!("::ffff:{}", public_ipv4(random)),
    })
}

pub(super) fn mac(random: &mut Random, _variant: &str) -> Value {
    let mut bytes = random.bytes(6);
    // Not a group address.
    bytes[0] &= 0xfe;
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::whole(match random.below(5) {
        0 | 1 => pairs.join(":"),
        2 => pairs.join(":").to_ascii_uppercase(),
        3 => pairs.join("-").to_ascii_uppercase(),
        _ => pairs.chunks(2).map(<[String]>::concat).collect::<Vec<_>>().join("."),
    })
}
