#!/usr/bin/env python3
"""A Postgres outage under load: python3 tests/bench/outage.py [--outage 600] [--rate 300] [--build build/release]

Starts a private Postgres, the mock provider and `lectr serve` on it; sends a steady load; stops Postgres in the middle and starts it again. Prints
the client's latency before and during the outage, and compares the rows that are stored in the end with the requests that were answered.
"""
import argparse, json, os, pathlib, subprocess, sys, tempfile, threading, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from gateway import KEY, ROOT, free_port, wait_port

SUPPORT = ROOT / "tests/support/postgres.sh"


def postgres(action, folder, *more):
    return subprocess.run(["sh", str(SUPPORT), action, folder, *more], check=True, capture_output=True, text=True).stdout.strip()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default=str(ROOT / "build/release"))
    ap.add_argument("--outage", type=int, default=20)
    ap.add_argument("--rate", type=int, default=300)
    args = ap.parse_args()
    build = pathlib.Path(args.build)
    folder = tempfile.mkdtemp(prefix="lectr-outage-")
    os.chmod(folder, 0o755)
    cluster = folder + "/pg"
    postgres("start", cluster)
    mock_port, port, admin = free_port(), free_port(), free_port()
    env = {**os.environ, "LECTR_BOOTSTRAP_ORG_KEY": KEY, "LECTR_BOOTSTRAP_ADMIN_PASSWORD": "bench-password", "LECTR_BOOTSTRAP_ADMIN_TOKEN": "lt_bench",
           "LECTR_PROXY_LISTEN": f"127.0.0.1:{port}", "LECTR_ADMIN_LISTEN": f"127.0.0.1:{admin}", "LECTR_STATE_DIR": folder + "/state",
           "LECTR_DATABASE_URL": postgres("url", cluster), "LECTR_PROVIDER_OPENAI_BASE_URL": f"http://127.0.0.1:{mock_port}", "LECTR_LOG_LEVEL": "error"}
    mock = subprocess.Popen([str(build / "lectr"), "demo", "--providers-only", "--listen", f"127.0.0.1:{mock_port}"], stderr=subprocess.DEVNULL)
    wait_port(mock_port, mock)
    daemon = subprocess.Popen([str(build / "lectr"), "serve"], env=env, stderr=subprocess.DEVNULL)
    wait_port(port, daemon)

    def status():
        # Answered from memory but for the token, which needs the store: while that is away, a 503 is the expected answer.
        request = urllib.request.Request(f"http://127.0.0.1:{admin}/api/v1/status", headers={"Authorization": "Bearer lt_bench"})
        return json.load(urllib.request.urlopen(request, timeout=10))

    def load(seconds):
        out = subprocess.run([str(build / "bench_load"), "rate", "127.0.0.1", str(port), str(args.rate), str(seconds), "16", "1000", KEY], capture_output=True, text=True)
        if out.returncode != 0:
            raise SystemExit(out.stderr)
        return json.loads(out.stdout)

    try:
        print(f"Postgres away for {args.outage} s at {args.rate} requests/s", flush=True)
        before = load(10)
        print("before:", before, flush=True)
        during = {}
        worker = threading.Thread(target=lambda: during.update(load(args.outage + 10)))
        worker.start()
        time.sleep(5)
        postgres("stop", cluster, "immediate")
        time.sleep(args.outage)
        postgres("start", cluster)
        worker.join()
        print("during:", during, flush=True)
        print(f"added P99: {during['p99_us'] - before['p99_us']:.0f} µs")
        end = time.monotonic() + 120
        counters = {}
        while time.monotonic() < end:
            try:
                counters = status()
            except OSError:
                counters = {}
            events = counters.get("events", counters)
            if counters and events.get("backlog", events.get("journal_backlog", 1)) == 0:
                break
            time.sleep(0.5)
        print("status:", json.dumps(counters), flush=True)
        rows = subprocess.run(["psql", postgres("url", cluster), "-Atc", "SELECT count(*), count(DISTINCT id) FROM events"], capture_output=True, text=True).stdout.strip()
        print(f"rows stored (all, distinct): {rows}; requests sent: {args.rate * 10 + args.rate * (args.outage + 10)}")
    finally:
        for p in (daemon, mock):
            p.terminate()
            p.wait(40)
        subprocess.run(["sh", str(SUPPORT), "stop", cluster], capture_output=True)
        subprocess.run(["rm", "-rf", folder])


if __name__ == "__main__":
    main()
