"""Fails if a dependency needs a newer Rust than the workspace declares. Reads `cargo metadata` from standard input."""

import json
import sys


def version(text):
    """Turns `1.88` or `1.88.0` into numbers that compare."""
    numbers = [int(part) for part in text.split(".")]
    return numbers + [0] * (3 - len(numbers))


metadata = json.load(sys.stdin)
members = [package for package in metadata["packages"] if package["id"] in metadata["workspace_members"]]
declared = {package["rust_version"] for package in members}
if len(declared) != 1 or None in declared:
    sys.exit(f"the workspace's packages declare different Rust versions: {sorted(map(str, declared))}")
ours = declared.pop()
newer = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}"
    for package in metadata["packages"]
    if package["rust_version"] and version(package["rust_version"]) > version(ours)
]
if newer:
    sys.exit(f"we declare Rust {ours}, but:\n  " + "\n  ".join(newer))
print(f"all {len(metadata['packages'])} packages work with Rust {ours}, as far as they say")
