"""Exports as the protocol's own classes read them: unknown fields, wrong kinds of values and ids of a wrong length are errors."""
from __future__ import annotations

import base64
import gzip
import json

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from support.receivers import Post

# OTLP's JSON has ids in hexadecimal, where proto3's mapping of bytes, which json_format reads, has base64.
IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def _with_base64(value):
    if isinstance(value, list):
        return [_with_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, item in value.items():
        if name in IDS:
            raw = bytes.fromhex(item)
            assert len(raw) == IDS[name] and any(raw) and item == item.lower(), (name, item)
            item = base64.b64encode(raw).decode()
        out[name] = _with_base64(item)
    return out


def text_of(post: Post) -> str:
    assert post.headers["content-type"] == "application/json"
    return (gzip.decompress(post.body) if post.headers.get("content-encoding") == "gzip" else post.body).decode()


def _read(post: Post, message):
    return json_format.ParseDict(_with_base64(json.loads(text_of(post))), message)


def attributes(of) -> dict:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in of.attributes}


def spans_of(posts: list[Post]) -> list:
    out = []
    for post in posts:
        if post.path != "/v1/traces":
            continue
        for resource in _read(post, ExportTraceServiceRequest()).resource_spans:
            assert attributes(resource.resource)["service.name"]
            out += [span for scope in resource.scope_spans for span in scope.spans]
    return out


def metrics_of(posts: list[Post]) -> dict:
    """The last export, by name."""
    last = next(post for post in reversed(posts) if post.path == "/v1/metrics")
    found = [metric for resource in _read(last, ExportMetricsServiceRequest()).resource_metrics for scope in resource.scope_metrics for metric in scope.metrics]
    assert len({metric.name for metric in found}) == len(found), "a name twice"
    return {metric.name: metric for metric in found}
