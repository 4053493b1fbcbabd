"""Counts the corpus with Python's tiktoken; run it again when the corpus or tiktoken changes.

    pip install tiktoken==0.14.0
    python reference.py FOLDER

FOLDER holds o200k_base.tiktoken and so on, as tiktoken downloads them; the crate tiktoken-rs ships them in `assets`.
Reads data/corpus.json and writes data/reference_counts.json. Texts are made as `corpus.rs` makes them; the FNV-1a hash
beside each count says whether both made the same.
"""

import json
import pathlib
import sys

import regex
import tiktoken
from tiktoken.load import load_tiktoken_bpe
from tiktoken_ext import openai_public

DATA = pathlib.Path(__file__).parent / "data"
ENCODINGS = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]
MASK = (1 << 64) - 1


class Random:
    """Knuth's MMIX linear congruential generator; its upper 31 bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 33) % bound


def make(case):
    count = case["count"]
    if case["kind"] == "repeat":
        return case["unit"] * count
    random = Random(case["seed"])
    if case["kind"] == "pick":
        fragments = case["fragments"]
        return "".join(fragments[random.below(len(fragments))] for _ in range(count))
    if case["kind"] == "bytes":
        return bytes(random.below(256) for _ in range(count)).decode("utf-8", "replace")
    if case["kind"] == "scalars":
        codes = (random.below(0x110000) for _ in range(count))
        return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
    raise ValueError(f"unknown kind {case['kind']}")


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def encoding(name, folder):
    """Builds an encoding as openai_public does, but from local files."""
    path = folder / f"{name}.tiktoken"
    openai_public.load_tiktoken_bpe = lambda _url, expected_hash: load_tiktoken_bpe(str(path), expected_hash)
    return tiktoken.Encoding(**getattr(openai_public, name)())


def count(encoding, text):
    """Counts ordinary text; returns the count and which of two ways gave it.

    tiktoken's own regex engine overflows on some runs of white space over 700 KB; there the same pattern is run by the
    `regex` module and only the merging is tiktoken's.
    """
    try:
        return len(encoding.encode_ordinary(text)), "encode_ordinary"
    except BaseException as panic:  # a Rust panic is not an Exception
        if type(panic).__name__ != "PanicException":
            raise
    pieces = regex.findall(encoding._pat_str, text)
    return sum(len(encoding._encode_single_piece(piece)) for piece in pieces), "pieces"


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = json.loads((DATA / "corpus.json").read_text(encoding="utf-8"))
    encodings = [encoding(name, folder) for name in ENCODINGS]
    rows = []
    for case in cases:
        text = make(case)
        data = text.encode("utf-8")
        row = {"name": case["name"], "bytes": len(data), "fnv1a": f"{fnv1a(data):016x}"}
        for each in encodings:
            row[each.name], way = count(each, text)
            if way != "encode_ordinary":
                row.setdefault("by_pieces", []).append(each.name)
        rows.append(row)
        print(row, flush=True)
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    header = json.dumps({"tiktoken": tiktoken.__version__})[1:-1]
    (DATA / "reference_counts.json").write_text(f"{{{header}, \"counts\": [\n{lines}\n]}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
