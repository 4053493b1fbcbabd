"""Reads OTLP/JSON Lines from standard input with the official Python decoder, unknown fields being errors.

Prints one line of JSON, `{"spans": […], "problems": […]}`, like the receiver.
"""

import base64
import json
import sys

from google.protobuf.json_format import Parse, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp import judge

ID_FIELDS = {"traceId", "spanId", "parentSpanId"}


def hex_to_base64(value, key=None):
    """Puts ids the way the generic decoder expects bytes: OTLP/JSON writes them in hex, protobuf's JSON in base64."""
    if isinstance(value, dict):
        return {name: hex_to_base64(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [hex_to_base64(item) for item in value]
    if key in ID_FIELDS:
        return base64.b64encode(bytes.fromhex(value)).decode()
    return value


def main():
    """Reads and judges every line."""
    report = {"spans": [], "problems": []}
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            text = json.dumps(hex_to_base64(json.loads(line)))
            spans, problems = judge(Parse(text, ExportTraceServiceRequest()))
        except (ParseError, ValueError) as error:
            spans, problems = [], [str(error)]
        report["spans"] += spans
        report["problems"] += [f"line {number}: {problem}" for problem in problems]
    print(json.dumps(report))


if __name__ == "__main__":
    main()
