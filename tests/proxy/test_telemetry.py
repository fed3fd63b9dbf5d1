"""/metrics and OTLP from outside, and what they say against what docs/telemetry.md says."""
from __future__ import annotations

import json
import re
import time

import pytest

from support.client import ORG_KEY, PROVIDER_KEY, Client, head, new_tag, post
from support.daemon import ROOT, SLOW, Daemon, eventually
from support.otlp import attributes, metrics_of, spans_of
from support.receivers import WebServer, free_port
from support.scrape import ask, scrape
from support.upstream import Upstream

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CHAT = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}).encode()
ANSWER = json.dumps({"id": "x", "model": "gpt-4o-mini-2024-07-18", "choices": [{"message": {"content": "hi"}}],
                     "usage": {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49, "prompt_tokens_details": {"cached_tokens": 8}}}).encode()


@pytest.fixture
def provider():
    made = Upstream()
    made.play(lambda exchange: (exchange.body(), exchange.reply(ANSWER)))
    yield made
    made.stop()


@pytest.fixture
def receiver():
    made = WebServer()
    yield made
    made.stop()


def chat(own: Daemon, tag: str, *headers: str, status: int = 200) -> None:
    with Client(own.proxy_port) as client:
        assert client.ask(post(CHAT, *headers, path="/v1/chat/completions", tag=tag)).status == status


def stream(exchange) -> None:
    exchange.body()
    exchange.start_stream()
    exchange.chunk(b'data: {"model":"gpt-4o-mini","choices":[{"delta":{"content":"hi"}}]}\n\n')
    exchange.chunk(b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n')
    exchange.chunk(b"data: [DONE]\n\n")
    exchange.send(b"0\r\n\r\n")


def documented() -> dict[str, tuple[str, set[str]]]:
    """Name -> type and labels, of the tables for Prometheus."""
    text = (ROOT / "docs" / "telemetry.md").read_text().split("## OpenTelemetry")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \| (counter|gauge|histogram) \|(.*?)\|", text, re.M)
    return {name: (kind, set(re.findall(r"`([a-z_]+)`", labels))) for name, kind, labels in rows}


def test_the_document_the_alerts_and_the_dashboard_speak_of_what_is_there(folder, provider):
    dead = f"http://127.0.0.1:{free_port()}"
    with Daemon(folder, {"openai": provider.url}, f"redis_url: redis://127.0.0.1:{free_port()}\notlp: {{endpoint: '{dead}'}}\n") as own:
        tag = new_tag()
        chat(own, tag)
        provider.play(lambda exchange: (exchange.body(), exchange.reply(b"{}", "500 Oops")))
        chat(own, tag, status=500)
        provider.play(stream)
        chat(own, tag)
        provider.play(lambda exchange: (exchange.body(), exchange.reply(ANSWER.replace(b"gpt-4o-mini", b"who-knows"))))
        chat(own, tag)
        assert eventually(lambda: scrape(own.admin_port).sum("lectr_requests_total", feature=tag) == 4, 5 * SLOW)
        now = scrape(own.admin_port)
    told = documented()
    assert len(told) > 30
    assert {name: kind for name, (kind, _) in told.items()} == now.types
    assert {name: labels for name, (_, labels) in told.items()} == {name: now.labels(name) for name in now.types}
    known = set(now.types) | {f"{name}_{part}" for name, kind in now.types.items() if kind == "histogram" for part in ("bucket", "sum", "count")}
    for file in ("prometheus/alerts.yml", "grafana/lectr.json"):
        used = set(re.findall(r"\b(?:lectr|process)_[a-z_]+\b", (ROOT / "config" / file).read_text()))
        assert used and used <= known, (file, used - known)


def test_metrics_count_what_passed(folder, provider):
    with Daemon(folder, {"openai": provider.url}) as own:
        tag = new_tag()
        for _ in range(3):
            chat(own, tag)
        provider.play(lambda exchange: (exchange.body(), exchange.reply(b'{"error":{"type":"x"}}', "429 Too Many")))
        chat(own, tag, status=429)
        provider.play(stream)
        chat(own, tag)
        with Client(own.proxy_port) as client:
            assert client.ask(head("POST /v1/x HTTP/1.1", "Content-Length: 0", auth=False)).status == 401
        assert eventually(lambda: scrape(own.admin_port).sum("lectr_requests_total", feature=tag) == 5, 5 * SLOW)
        now = scrape(own.admin_port)
        assert now.sum("lectr_requests_total", feature=tag, provider="openai", status_class="2xx") == 4
        assert now.sum("lectr_requests_total", feature=tag, status_class="4xx") == 1
        assert now.sum("lectr_tokens_total", feature=tag, kind="input", source="provider") == 3 * 40 + 3
        assert now.sum("lectr_tokens_total", feature=tag, kind="cached") == 3 * 8
        assert eventually(lambda: len(own.rows(tag)) == 5, 5 * SLOW), "metrics may be told of before the store has the rows"
        cost = sum(float(row["cost"] or 0) for row in own.rows(tag))
        assert cost > 0 and now.sum("lectr_cost_dollars_total", feature=tag) == pytest.approx(cost)
        assert now.sum("lectr_errors_total", source="provider", category="rate") == 1
        assert now.sum("lectr_streams_total", verdict="complete") == 1
        assert now.sum("lectr_request_duration_seconds_count") == now.sum("lectr_request_duration_seconds_bucket", le="+Inf") == 5
        assert now.sum("lectr_unauthenticated_requests_total") == 1
        assert now.sum("lectr_build_info") == 1 and now.sum("lectr_orgs") == 1
        assert now.sum("process_resident_memory_bytes") > 1e6
        assert not {"org", "key"} & now.labels("lectr_requests_total")


def test_who_may_read_metrics(folder, provider):
    with Daemon(folder / "open") as own:
        assert ask(own.admin_port)[0] == 200
        assert ask(own.admin_port, **{"X-Forwarded-For": "10.1.2.3"})[0] == 403
    secret = "metrics-token-of-the-operator"
    with Daemon(folder / "closed", settings="metrics: {token: 'env:SCRAPE_TOKEN', orgs: true}\n", env={"SCRAPE_TOKEN": secret},
                providers={"openai": provider.url}) as own:
        tag = new_tag()
        chat(own, tag)
        refused = ask(own.admin_port)
        assert refused[0] == 401 and refused[1]["www-authenticate"] == "Bearer" and "lectr_" not in refused[2]
        assert ask(own.admin_port, Authorization="Bearer wrong")[0] == 401
        right = {"Authorization": f"Bearer {secret}"}
        assert eventually(lambda: f'feature="{tag}"' in ask(own.admin_port, **right)[2], 5 * SLOW)
        assert 'org="1"' in ask(own.admin_port, **right)[2]
        assert secret not in own.log()


def test_ten_thousand_tags_end_in_other_and_no_row_is_lost(folder):
    """Refused for want of a provider's key, which leaves a row too and needs no provider. The receiver of spans is away meanwhile."""
    count = 10_000
    settings = f"otlp: {{endpoint: 'http://127.0.0.1:{free_port()}', interval: 1s}}\n"
    with Daemon(folder, settings=settings) as own:
        began = time.monotonic()
        for start in range(0, count, 125):
            with Client(own.proxy_port, timeout=20 * SLOW) as client:
                client.send_quietly(b"".join(head("POST /v1/chat/completions HTTP/1.1", f"X-Lectr-Key: {ORG_KEY}", "Content-Type: application/json",
                                                  f"Content-Length: {len(CHAT)}", auth=False, tag=f"random-{i}") + CHAT for i in range(start, start + 125)))
                for _ in range(125):
                    assert client.response().status == 401
        took = time.monotonic() - began
        assert eventually(lambda: scrape(own.admin_port).sum("lectr_events_written_total") == count, 20 * SLOW)
        assert eventually(lambda: scrape(own.admin_port).sum("lectr_requests_total") == count, 5 * SLOW)
        now = scrape(own.admin_port)
        assert len(now.values("lectr_requests_total", "feature")) == 201
        assert now.sum("lectr_requests_total", feature="other") == now.sum("lectr_label_overflow_total", label="feature") == count - 200
        assert now.sum("lectr_events_dropped_total") == now.sum("lectr_telemetry_missed_total") == 0
        # What waits for the receiver is bounded: 8,192 spans and the batch under way. The rest was dropped, and nobody waited for it.
        assert now.sum("lectr_otlp_spans_total", result="exported") == 0
        assert now.sum("lectr_otlp_spans_total", result="dropped") >= count - 8192 - 512
        assert now.sum("lectr_otlp_failures_total") >= 1
        assert own.log().count("takes no exports now") == 1
        print(f"{count} requests in {took:.1f} s")


@pytest.mark.parametrize("conventions", ["latest", "v1.41"])
def test_spans_and_metrics_by_the_protocol(conventions, folder, provider, receiver):
    settings = (f"otlp: {{endpoint: '{receiver.url}/', headers: 'env:OTLP_HEADERS', conventions: {conventions}, interval: 500ms, service_name: edge, "
                f"compression: {'gzip' if conventions == 'latest' else 'none'}}}\n")
    with Daemon(folder, {"openai": provider.url}, settings, {"OTLP_HEADERS": "x-scope=a%20tenant"}) as own:
        tag = new_tag()
        chat(own, tag)
        chat(own, tag, f"traceparent: 00-{TRACE}-{PARENT}-01", "tracestate: vendor=1,other=2")
        chat(own, tag, f"TraceParent: 00-{TRACE}-{PARENT}-00")
        chat(own, tag, f"traceparent: 00-{TRACE.upper()}-{PARENT}-01")
        sent = [{name.lower(): value for name, value in request.headers} for request in provider.requests]
        assert [fields.get(b"traceparent") for fields in sent] == [None, f"00-{TRACE}-{PARENT}-01".encode(), f"00-{TRACE}-{PARENT}-00".encode(),
                                                                   f"00-{TRACE.upper()}-{PARENT}-01".encode()]
        assert sent[1][b"tracestate"] == b"vendor=1,other=2"
        own.row(tag, 4)
        rows = {row["id"].replace("-", ""): row for row in own.rows(tag)}
        assert eventually(lambda: len(spans_of(receiver.posts)) == 3, 5 * SLOW), "of four, one was not sampled"
        spans = spans_of(receiver.posts)
        own_trace = [span for span in spans if not span.parent_span_id]
        [child] = [span for span in spans if span.parent_span_id]
        assert len(own_trace) == 2 and all(span.trace_id.hex() in rows for span in own_trace)
        assert (child.trace_id.hex(), child.parent_span_id.hex()) == (TRACE, PARENT) and child.flags & 1
        assert len({span.span_id for span in spans}) == 3
        for span in spans:
            has = attributes(span)
            row = rows[has["lectr.request.id"].replace("-", "")]
            assert span.name == "chat gpt-4o-mini" and span.kind == span.SPAN_KIND_CLIENT and span.status.code == 0
            assert span.end_time_unix_nano - span.start_time_unix_nano == row["latency_us"] * 1000
            assert has["gen_ai.provider.name"] == "openai" and has["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
            assert has["gen_ai.usage.input_tokens"] == 40 and has["gen_ai.usage.cache_read.input_tokens"] == 8
            assert has["http.response.status_code"] == 200 and has["server.address"] == "127.0.0.1"
            assert has["lectr.feature"] == tag and ("gen_ai.request.stream" in has) == (conventions == "latest")
        duration, tokens = (("gen_ai.client.inference.duration", "gen_ai.client.inference.usage.input_tokens") if conventions == "latest"
                            else ("gen_ai.client.operation.duration", "gen_ai.client.token.usage"))

        def counted() -> bool:
            metrics = metrics_of(receiver.posts)
            return duration in metrics and metrics[duration].histogram.data_points[0].count == 4
        assert eventually(lambda: any(p.path == "/v1/metrics" for p in receiver.posts), 5 * SLOW) and eventually(counted, 5 * SLOW)
        metrics = metrics_of(receiver.posts)
        assert metrics[duration].unit == "s" and metrics[duration].histogram.aggregation_temporality == 2
        point = metrics[duration].histogram.data_points[0]
        assert sum(point.bucket_counts) == point.count and len(point.bucket_counts) == len(point.explicit_bounds) + 1
        assert attributes(point)["gen_ai.operation.name"] == "chat"
        if conventions == "latest":
            assert metrics[tokens].sum.is_monotonic and metrics[tokens].sum.data_points[0].as_double == 160
        else:
            assert {attributes(p)["gen_ai.token.type"]: p.sum for p in metrics[tokens].histogram.data_points} == {"input": 160, "output": 36}
        assert metrics["lectr_requests_total"].sum.data_points[0].as_double == 4
        assert all(p.headers["x-scope"] == "a tenant" for p in receiver.posts)


def test_a_receiver_that_was_away_and_then_busy_gets_everything_once(folder, provider, receiver):
    receiver.stop()
    with Daemon(folder, {"openai": provider.url}, "otlp: {metrics: false}\n", {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}) as own:
        tag = new_tag()
        for _ in range(3):
            chat(own, tag)
        assert eventually(lambda: scrape(own.admin_port).sum("lectr_otlp_failures_total") >= 1, 5 * SLOW)
        busy = WebServer(port=receiver.port)
        try:
            busy.status, busy.headers = 503, {"Retry-After": "1"}
            assert eventually(lambda: busy.posts, 5 * SLOW)
            busy.status, busy.headers = 200, {}
            assert eventually(lambda: scrape(own.admin_port).sum("lectr_otlp_spans_total", result="exported") == 3, 5 * SLOW)
            assert len(busy.posts) > 1 and all(len(spans_of([got])) == 3 for got in busy.posts), "the same batch each time"
            assert len({span.span_id for span in spans_of(busy.posts)}) == 3
            assert own.log().count("takes no exports now") == own.log().count("takes exports again") == 1
            busy.status = 400  # never again
            chat(own, tag)
            assert eventually(lambda: scrape(own.admin_port).sum("lectr_otlp_spans_total", result="dropped") == 1, 4 * SLOW)
        finally:
            busy.stop()


def test_a_receiver_that_hangs_holds_up_neither_requests_nor_the_end(folder, provider, receiver):
    receiver.delay = 60
    own = Daemon(folder, {"openai": provider.url}, f"otlp: {{endpoint: '{receiver.url}', interval: 200ms}}\n").start()
    try:
        tag = new_tag()
        chat(own, tag)
        assert eventually(lambda: receiver.begun > 0, 5 * SLOW)
        began = time.monotonic()
        for _ in range(50):
            chat(own, tag)
        assert time.monotonic() - began < 5 * SLOW
        assert eventually(lambda: len(own.rows(tag)) == 51, 5 * SLOW)
        began = time.monotonic()
        assert own.stop() == 0
        assert time.monotonic() - began < 6 * SLOW, "it waits two seconds for the receiver, no longer"
    finally:
        own.kill()
