//! Which traces survive, and what the survivors stand for.
