"""The spans of `default_pipeline.rs`, written by tracecraft into its own SQLite store with its redaction on.

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install tracecraft==0.2.1
    /tmp/peer/bin/python crates/facade/benches/peer/store_of_tracecraft.py

The best of the Python SDKs that have an SQLite store. Processor time of the whole process while runs are written; the
texts are made beforehand. Its run counts as the root's span. Counted at the end: the steps and the redacted addresses
that the file holds.
"""

import importlib.metadata
import os
import sqlite3
import tempfile
import time

import tracecraft
from tracecraft.core.models import StepType
from tracecraft.instrumentation.decorators import step

RUNS_PER_BURST = 100
BURSTS = 10
CALLS_PER_RUN = 8
SPANS_PER_RUN = CALLS_PER_RUN + 2
WORDS = (
    "the traveller asked for a quiet hotel near river with breakfast and view of castle which opens at nine unless it "
    "rains on Sunday"
).split()
MASK = (1 << 64) - 1


def text(seed, size):
    """The same text as in the Rust benchmark."""
    state = (seed * 0x9E3779B97F4A7C15 & MASK) | 1
    words = []
    length = 0
    while length < size:
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
        kind = state >> 56
        if kind < 5:
            word = f"{state & 0xFFFFFF:x}"
        elif kind < 64:
            word = WORDS[state % 24] + WORDS[state // 24 % 24]
        else:
            word = WORDS[state % 24]
        words.append(word + " ")
        length += len(word) + 1
    return "".join(words)


def calls_of(run):
    calls = []
    for call in range(CALLS_PER_RUN):
        seed = run * SPANS_PER_RUN + call
        asked = f"{text(seed, 1400)} Write to user{run}@example.org."
        calls.append((f"chatcmpl-{seed:x}", asked, text(~seed & MASK, 600)))
    return calls


def write(runtime, calls):
    with runtime.run("invoke_agent planner"):
        for number, (response_id, asked, answered) in enumerate(calls):
            with step("chat gpt-5-mini", type=StepType.LLM) as call:
                call.model_name = "gpt-5-mini"
                call.model_provider = "openai"
                call.input_tokens = 310
                call.output_tokens = 140
                call.attributes["gen_ai.response.id"] = response_id
                call.inputs["messages"] = [{"role": "user", "parts": [{"type": "text", "content": asked}]}]
                call.outputs["messages"] = [{"role": "assistant", "parts": [{"type": "text", "content": answered}]}]
            if number == 0:
                with step("execute_tool search", type=StepType.TOOL):
                    pass


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "traces.db")
        runtime = tracecraft.init(console=False, jsonl=False, storage=path, redaction_enabled=True)
        used = clock = 0.0
        for burst in range(BURSTS):
            runs = [calls_of(burst * RUNS_PER_BURST + number) for number in range(RUNS_PER_BURST)]
            before, began = time.process_time(), time.perf_counter()
            for calls in runs:
                write(runtime, calls)
            used += time.process_time() - before
            clock += time.perf_counter() - began
        before, began = time.process_time(), time.perf_counter()
        runtime.shutdown()
        used += time.process_time() - before
        clock += time.perf_counter() - began
        size = os.path.getsize(path)
        with sqlite3.connect(path) as file:
            (runs,) = file.execute("SELECT count(*) FROM traces").fetchone()
            (steps,) = file.execute("SELECT count(*) FROM steps").fetchone()
            (leaks,) = file.execute("SELECT count(*) FROM traces WHERE data LIKE '%@example.org%'").fetchone()
    spans = RUNS_PER_BURST * BURSTS * SPANS_PER_RUN
    name = f"tracecraft {importlib.metadata.version('tracecraft')}"
    print(
        f"| {name} | {spans / used:.0f} | {spans / clock:.0f} | {runs + steps} of {spans} | {size / spans:.0f} |"
        f" {leaks} runs with an address |"
    )


if __name__ == "__main__":
    main()
