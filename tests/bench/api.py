#!/usr/bin/env python3
"""The dashboard's questions over HTTP: python3 tests/bench/api.py [--database URL --rows 10000000 --days 30] [--build build/release]

Fills a store with rows of a month (a private SQLite of 1,000,000 if no URL is given; a store that has the rows already is used as it is) and starts
`lectr serve` on it. Prints how long the answers take that the pages ask for, whole, with the window moved each time; how fast a CSV comes and what memory
that takes; and what requests through the proxy take while nobody reads, and while pages are read all the time. Judges nothing.
"""
import argparse, datetime, http.client, json, os, pathlib, random, shutil, signal, statistics, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from gateway import KEY, ROOT, TOKEN, free_port, wait_port

FILTERS = {"none": {}, "feature": {"feature": "support-chat"}, "model": {"model": "gpt-4o"}, "provider": {"provider": "anthropic"}, "errors": {"errors": "true"},
           "status": {"status": "503"}, "errors of a feature": {"errors": "true", "feature": "support-chat"}, "slower than 5 s": {"min_latency_ms": "5000"},
           "dearer than $0.10": {"min_cost": "0.1"}, "broken streams": {"verdict": "truncated"}, "a feature nobody has": {"feature": "no-such-feature"}}


def questions():
    for window in ("1h", "24h", "7d", "30d"):
        yield f"overview, {window}", "/overview", {"window": window, "compare": "true"}
        for metric, by in (("requests", "provider"), ("cost", "feature"), ("latency_p50,latency_p95,ttfb_p95,error_rate", "none"), ("errors", "model")):
            yield f"timeseries, {window}, {metric.split(',')[0]} by {by}", "/timeseries", {"window": window, "metric": metric, "by": by, "top": "5"}
        for by in ("feature", "model", "key"):
            yield f"costs, {window}, by {by}", "/costs", {"window": window, "by": by, "compare": "true"}
    for window in ("24h", "30d"):
        for name, asked in FILTERS.items():
            yield f"requests, {window}, {name}", "/requests", {"window": window, "limit": "50", **asked}
        for sort in ("latency", "cost"):
            yield f"requests, {window}, sorted by {sort}", "/requests", {"window": window, "limit": "50", "sort": sort}


class Caller:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, path, asked):
        text = "&".join(f"{k}={v.replace('+', '%2B').replace(',', '%2C')}" for k, v in asked.items())
        self.connection.request("GET", f"/api/v1{path}?{text}", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}?{text}: {answer.status} {body[:200]}")
        return body


NEWEST = None  # row of the store: windows end there, and not now


def find_newest(port):
    global NEWEST
    rows = json.loads(Caller(port).ask("/requests", {"limit": "1"}))["rows"]
    if not rows:
        raise SystemExit("the store has no rows of the first org")
    NEWEST = datetime.datetime.fromisoformat(rows[0]["completed_at"].replace("Z", "+00:00"))


def moved(asked, back_s):
    """The same window, ended a little earlier: no two questions are the same."""
    length = {"1h": 3600, "24h": 86400, "7d": 7 * 86400, "30d": 30 * 86400}[asked["window"]]
    end = NEWEST - datetime.timedelta(seconds=back_s)
    rest = {k: v for k, v in asked.items() if k != "window"}
    return {"from": (end - datetime.timedelta(seconds=length)).strftime("%Y-%m-%dT%H:%M:%SZ"), "to": end.strftime("%Y-%m-%dT%H:%M:%SZ"), **rest}


def percentile(times, p):
    return sorted(times)[min(int(len(times) * p), len(times) - 1)]


def ask_all(port, rounds, limit_s):
    caller, over, count = Caller(port), 0, 0
    print(f"{'P50':>58}{'P95':>8}{'most':>8} ms", flush=True)
    for name, path, asked in questions():
        times, end = [], time.monotonic() + limit_s
        while len(times) < rounds and time.monotonic() < end:
            begun = time.perf_counter()
            caller.ask(path, moved(asked, random.randrange(7200)))
            times.append((time.perf_counter() - begun) * 1000)
        count, over = count + 1, over + (percentile(times, 0.95) > 50)
        print(f"  {name:48}{statistics.median(times):8.1f}{percentile(times, 0.95):8.1f}{max(times):8.1f}", flush=True)
    print(f"{count - over} of {count} with P95 of at most 50 ms")


def rss_mib(pid):
    return int(next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS")).split()[1]) / 1024


def csv(port, pid, rows):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    before, begun = rss_mib(pid), time.perf_counter()
    window = "&".join(f"{k}={v}" for k, v in moved({"window": "30d"}, 0).items())
    connection.request("GET", f"/api/v1/requests.csv?{window}", headers={"Authorization": f"Bearer {TOKEN}"})
    answer, lines, size, most = connection.getresponse(), 0, 0, 0
    while piece := answer.read1(1 << 20):
        lines, size = lines + piece.count(b"\n"), size + len(piece)
        most = max(most, rss_mib(pid))
        if lines >= rows:
            break
    took = time.perf_counter() - begun
    print(f"CSV: {lines - 1} rows, {size / 1e6:.0f} MB in {took:.1f} s: {(lines - 1) / took:,.0f} rows/s; memory {before:.0f} -> at most {most:.0f} MiB")
    connection.close()


DRAFT = {"rules": [{"name": f"rule {n}", "when": {"feature": f"nobody-{n}"}, "split": [{"model": "gpt-4o-mini"}]} for n in range(50)]
                  + [{"name": "chat on mini", "when": {"feature": "support-chat", "model": "gpt-4o*"}, "split": [{"model": "gpt-4o-mini"}]}],
         "limits": [{"name": "per key", "limit": 600, "key": "*"}, {"name": "tokens", "kind": "tokens", "limit": 400000, "feature": "*"}],
         "budgets": [{"name": "month", "cap": "1000"}, {"name": "chat", "feature": "support-chat", "period": "day", "cap": "20"}]}


def replay(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.perf_counter()
    connection.request("POST", "/api/v1/control/replay", json.dumps({"document": DRAFT, "window": "90d"}),
                       {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    took, found = time.perf_counter() - begun, json.loads(answer.read())
    if answer.status != 200:
        raise SystemExit(f"/control/replay: {answer.status} {found}")
    after = found["states"]["after"]
    print(f"replay: {found['states']['requests']:,} requests through two control states in {took:.1f} s ({'all' if found['complete'] else 'a part'}): "
          f"{after['rerouted']:,} rerouted, {after['limited']:,} limited, {after['blocked']:,} blocked")
    connection.close()


def proxied(build, port, rate, seconds):
    out = subprocess.run([str(build / "bench_load"), "rate", "127.0.0.1", str(port), str(rate), str(seconds), "16", "1000", KEY], capture_output=True, text=True)
    if out.returncode != 0:
        raise SystemExit(out.stderr)
    return json.loads(out.stdout)


def beside(build, port, admin, rate, seconds, rounds):
    """Alternating: nobody reads, two pages are read without a pause."""
    found = {False: [], True: []}
    for read in [False, True] * rounds:
        over, asked = threading.Event(), [0]

        def look():
            caller, all_questions = Caller(admin), list(questions())
            while not over.is_set():
                _, path, ask = random.choice(all_questions)
                caller.ask(path, moved(ask, random.randrange(7200)))
                asked[0] += 1
        threads = [threading.Thread(target=look) for _ in range(2)] if read else []
        for t in threads:
            t.start()
        found[read].append(proxied(build, port, rate, seconds) | {"asked": asked[0] / seconds})
        over.set()
        for t in threads:
            t.join()
    for read, name in ((False, "nobody reads"), (True, "two readers ")):
        line = {k: statistics.median(f[k] for f in found[read]) for k in ("p50_us", "p99_us", "asked")}
        print(f"proxy at {rate}/s, {name}: P50 {line['p50_us']:.0f} µs, P99 {line['p99_us']:.0f} µs (each round: {', '.join(str(round(f['p99_us'])) for f in found[read])}); "
              f"{line['asked']:.0f} answers/s")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default=str(ROOT / "build/release"))
    ap.add_argument("--database")
    ap.add_argument("--rows", type=int, default=1_000_000)
    ap.add_argument("--days", type=int, default=30)
    ap.add_argument("--rounds", type=int, default=40)
    ap.add_argument("--limit", type=float, default=4, help="seconds for each question")
    ap.add_argument("--rate", type=int, default=1000)
    args = ap.parse_args()
    build, folder = pathlib.Path(args.build), pathlib.Path(tempfile.mkdtemp(prefix="lectr-bench-"))
    url, processes = args.database or f"sqlite:{folder / 'bench.db'}", []

    def spawn(words, port, **env):
        processes.append(subprocess.Popen([str(build / "lectr"), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | env))
        wait_port(port, processes[-1], 60)
        return processes[-1].pid

    try:
        print("filling", url.split("@")[-1], flush=True)
        subprocess.run([str(build / "bench_store"), url, str(args.rows), str(args.days), "600", "none of its own questions"], check=True, stdout=subprocess.DEVNULL)
        mock, port, admin = free_port(), free_port(), free_port()
        spawn(["demo", "--providers-only", "--listen", f"127.0.0.1:{mock}"], mock)
        pid = spawn(["serve"], admin, LECTR_BOOTSTRAP_ORG_KEY=KEY, LECTR_BOOTSTRAP_ADMIN_PASSWORD="bench-password", LECTR_BOOTSTRAP_ADMIN_TOKEN=TOKEN,
                    LECTR_PROXY_LISTEN=f"127.0.0.1:{port}", LECTR_ADMIN_LISTEN=f"127.0.0.1:{admin}", LECTR_STATE_DIR=str(folder / "state"), LECTR_DATABASE_URL=url,
                    LECTR_PROVIDER_OPENAI_BASE_URL=f"http://127.0.0.1:{mock}", LECTR_IO_THREADS="1")
        time.sleep(3)
        find_newest(admin)
        kind = "SQLite" if url.startswith("sqlite") else "Postgres"
        print(f"{kind}, {args.rows} rows over {args.days} days, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}", flush=True)
        ask_all(admin, args.rounds, args.limit)
        replay(admin)
        csv(admin, pid, args.rows)
        beside(build, port, admin, args.rate, 5, 3)
    finally:
        for p in processes:
            p.send_signal(signal.SIGTERM)
        for p in processes:
            p.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
