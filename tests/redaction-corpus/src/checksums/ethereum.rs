//! The mixed-case checksum of Ethereum addresses.

use sha3::{Digest, Keccak256};

/// Writes 40 hexadecimal digits as an address whose letter case is its checksum (EIP-55).
pub(crate) fn checksum_address(digits: &str) -> String {
    let lower = digits.to_ascii_lowercase();
    let hash = Keccak256::digest(lower.as_bytes());
    let cased = lower.chars().enumerate().map(|(index, character)| {
        let byte = hash.get(index / 2).copied().unwrap_or(0);
        let nibble = if index % 2 == 0 { byte >> 4 } else { byte & 15 };
        if nibble > 7 { character.to_ascii_uppercase() } else { character }
    });
    format!("0x{}", cased.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_proposal_hold() {
        for address in
            ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"]
        {
            assert_eq!(checksum_address(&address[2..]), address);
        }
    }
}
