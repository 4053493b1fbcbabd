//! Checks that tell a number or token of a kind from text that only looks like it.

pub(crate) mod crypto;
pub(crate) mod digits;
pub(crate) mod identities;
pub(crate) mod national;
pub(crate) mod network;
pub(crate) mod secrets;
