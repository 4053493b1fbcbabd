"""An OTLP receiver for traces, over gRPC and over HTTP with protobuf bodies, on the official Python decoder.

Listens on free ports of 127.0.0.1 and prints them as one line of JSON, `{"grpc": …, "http": …}`. When its standard
input ends, it stops and prints a second line: `{"grpc": {"spans": […], "problems": […]}, "http": {…}}`.
"""

import gzip
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from otlp import judge

REPORT = {transport: {"spans": [], "problems": []} for transport in ("grpc", "http")}
REPORT_LOCK = threading.Lock()


def record(transport, request, problems=()):
    """Adds a request to the report."""
    spans, found = judge(request)
    with REPORT_LOCK:
        REPORT[transport]["spans"] += spans
        REPORT[transport]["problems"] += [*problems, *found]


class TraceService(trace_service_pb2_grpc.TraceServiceServicer):
    """The gRPC half."""

    def Export(self, request, context):
        """Takes one request."""
        record("grpc", request)
        return trace_service_pb2.ExportTraceServiceResponse()


class TraceHandler(BaseHTTPRequestHandler):
    """The HTTP half."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Takes one request, and refuses what is not a protobuf trace request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        problems = []
        if self.path != "/v1/traces":
            problems.append(f"posted to {self.path}")
        if self.headers.get("Content-Type") != "application/x-protobuf":
            problems.append(f"content type {self.headers.get('Content-Type')}")
        record("http", trace_service_pb2.ExportTraceServiceRequest.FromString(body), problems)
        answer = trace_service_pb2.ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Keeps standard error for errors."""


def main():
    """Runs both halves until standard input ends."""
    grpc_server = grpc.server(ThreadPoolExecutor(max_workers=2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(TraceService(), grpc_server)
    grpc_port = grpc_server.add_insecure_port("127.0.0.1:0")
    grpc_server.start()
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), TraceHandler)
    threading.Thread(target=http_server.serve_forever, daemon=True).start()
    print(json.dumps({"grpc": grpc_port, "http": http_server.server_port}), flush=True)
    sys.stdin.read()
    grpc_server.stop(grace=1).wait()
    http_server.shutdown()
    print(json.dumps(REPORT), flush=True)


if __name__ == "__main__":
    main()
