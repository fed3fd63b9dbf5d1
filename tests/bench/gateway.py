#!/usr/bin/env python3
"""The gateway against a direct connection and nginx, in one run on this machine: python3 tests/bench/gateway.py [--build build/release] [--seconds 4]

Starts the mock provider, nginx as a plain reverse proxy as Debian configures it (access log on; keep-alive upstreams, one worker; buffering off
for streams only) and `lectr serve` with one worker, its
embedded store and everything else on. Prints the CPU time per request of each gateway's processes (user + system, all threads, from /proc) and
ratios; it judges nothing. Runs alternate and the median of the rounds counts. Needs nginx and wrk.
"""
import argparse, json, os, pathlib, shutil, signal, socket, statistics, subprocess, sys, tempfile, time, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TICK = os.sysconf("SC_CLK_TCK")
KEY = "lc_key_bench"
TOKEN = "lt_bench" + "0" * 44
# 100 rules of which the last matches and routes (as asked, with a fallback), three limits of which each request asks two, a budget.
CONTROL = {"rules": [{"name": f"rule {n}", "when": {"feature": f"feature-{n}", "model": "gpt-*"}, "split": [{"model": "gpt-4o"}]} for n in range(99)]
           + [{"name": "last", "when": {"model": "gpt-4o*"}, "fallback": [{"model": "gpt-4o"}]}],
           "limits": [{"name": "org requests", "kind": "requests", "limit": 1_000_000_000}, {"name": "org tokens", "kind": "tokens", "limit": 1_000_000_000_000},
                      {"name": "streams", "kind": "streams", "limit": 100_000}],
           "budgets": [{"name": "month", "period": "month", "cap": "1000000"}]}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, process, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"a server ended early: {process.args}")
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"no listener on {port}")


def children(pid):
    out = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid] + [int(p) for p in out]


def cpu_seconds(pid):
    total = 0
    for p in children(pid):
        fields = pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def rss_kib(pid):
    total = 0
    for p in children(pid):
        for line in pathlib.Path(f"/proc/{p}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total


def nginx_conf(folder, listen, stream_listen, upstream):
    return f"""
daemon off; master_process on; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err; worker_rlimit_nofile 65536;
events {{ worker_connections 32000; }}
http {{
  access_log {folder}/access.log; keepalive_requests 1000000000; client_max_body_size 64m;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{listen} backlog=4096;
    location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
  server {{ listen 127.0.0.1:{stream_listen} backlog=4096;
    location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 600s; }} }}
}}
"""


class Bench:
    def __init__(self, build, seconds, rounds, database=""):
        self.build, self.seconds, self.rounds = pathlib.Path(build), seconds, rounds
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lectr-bench-"))
        self.database = {"LECTR_DATABASE_URL": database} if database else {}
        self.processes = []
        self.ports = {name: free_port() for name in ("direct", "nginx", "nginx_stream", "lectr", "admin", "ruled", "ruled_admin")}

    def spawn(self, args, port, env=None):
        log = open(self.folder / (pathlib.Path(args[0]).name + str(len(self.processes)) + ".log"), "w")
        p = subprocess.Popen(args, stdout=log, stderr=log, env={**os.environ, **(env or {})})
        self.processes.append(p)
        wait_port(port, p)
        return p

    def start(self):
        lectr = str(self.build / "lectr")
        self.spawn([lectr, "demo", "--providers-only", "--listen", f"127.0.0.1:{self.ports['direct']}"], self.ports["direct"])
        conf = self.folder / "nginx.conf"
        conf.write_text(nginx_conf(self.folder, self.ports["nginx"], self.ports["nginx_stream"], self.ports["direct"]))
        for sub in "bpfus":
            (self.folder / sub).mkdir(exist_ok=True)
            os.chmod(self.folder / sub, 0o777)
        os.chmod(self.folder, 0o755)
        nginx = self.spawn([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(conf)], self.ports["nginx"])
        self.env = {"LECTR_IO_THREADS": "1", "LECTR_BOOTSTRAP_ORG_KEY": KEY, "LECTR_BOOTSTRAP_ADMIN_PASSWORD": "bench-password",
                    "LECTR_PROXY_LISTEN": f"127.0.0.1:{self.ports['lectr']}", "LECTR_ADMIN_LISTEN": f"127.0.0.1:{self.ports['admin']}",
                    "LECTR_STATE_DIR": str(self.folder / "state"), "LECTR_PROVIDER_OPENAI_BASE_URL": f"http://127.0.0.1:{self.ports['direct']}"} | self.database
        first = self.spawn([lectr, "serve"], self.ports["lectr"], self.env)   # the first start hashes a password; measure a usual one
        first.send_signal(signal.SIGTERM)
        first.wait(20)
        self.processes.remove(first)
        begin = time.monotonic()
        lectr_process = self.spawn([lectr, "serve"], self.ports["lectr"], self.env)
        self.start_ms = (time.monotonic() - begin) * 1000
        time.sleep(1)
        self.pids = {"nginx": nginx.pid, "lectr": lectr_process.pid}
        self.idle_rss = {name: rss_kib(pid) for name, pid in self.pids.items()}

    def start_ruled(self):
        """A second gateway, with rules, limits and a budget in force."""
        env = self.env | {"LECTR_PROXY_LISTEN": f"127.0.0.1:{self.ports['ruled']}", "LECTR_ADMIN_LISTEN": f"127.0.0.1:{self.ports['ruled_admin']}",
                          "LECTR_STATE_DIR": str(self.folder / "ruled"), "LECTR_BOOTSTRAP_ADMIN_TOKEN": TOKEN}
        process = self.spawn([str(self.build / "lectr"), "serve"], self.ports["ruled"], env)
        self.pids["ruled"] = process.pid
        wait_port(self.ports["ruled_admin"], process)
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['ruled_admin']}/api/v1/control", method="PUT",
                                         data=json.dumps({"base_version": 0, "document": CONTROL}).encode(),
                                         headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).read()
        time.sleep(3)

    def stop(self):
        for p in reversed(self.processes):
            p.send_signal(signal.SIGTERM)
        for p in self.processes:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wrk(self, name, body, connections, close):
        script = self.folder / "post.lua"
        script.write_text(f"""
local text = string.rep("some words of a prompt ", math.ceil({body} / 23)):sub(1, {body})
wrk.method = "POST"
wrk.body = '{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"' .. text .. '"}}]}}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-proj-benchT3BlbkFJbench"
{'wrk.headers["X-Lectr-Key"] = "' + KEY + '"' if name in ("lectr", "ruled") else ""}
{'wrk.headers["Connection"] = "close"' if close else ""}
""")
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}", "-s", str(script), f"http://127.0.0.1:{self.ports[name]}/v1/chat/completions"],
                             capture_output=True, text=True, timeout=self.seconds + 30).stdout
        if "Non-2xx" in out:
            raise SystemExit(f"{name}: answers were not 200\n{out}")
        return int(next(line for line in out.splitlines() if "requests in" in line).split()[0])

    def per_request(self, body, connections=32, close=False, names=("nginx", "lectr")):
        result = {name: [] for name in names}
        for _ in range(self.rounds):
            for name in names:
                before = cpu_seconds(self.pids[name])
                n = self.wrk(name, body, connections, close)
                time.sleep(0.3)   # rows under way are part of the request's cost
                result[name].append((cpu_seconds(self.pids[name]) - before) / n * 1e6)
        return {name: statistics.median(v) for name, v in result.items()}

    def load(self, *args):
        out = subprocess.run([str(self.build / "bench_load"), *map(str, args)], capture_output=True, text=True, timeout=120)
        if out.returncode != 0:
            raise SystemExit(out.stderr)
        return json.loads(out.stdout)

    def per_chunk(self, streams=500, chunk_ms=10):
        result, rates = {"nginx": [], "lectr": []}, {}
        for _ in range(self.rounds):
            for name in ("nginx", "lectr"):
                before = cpu_seconds(self.pids[name])
                seen = self.load("streams", "127.0.0.1", self.ports["nginx_stream" if name == "nginx" else name], streams, self.seconds, chunk_ms, KEY if name == "lectr" else "")
                used = cpu_seconds(self.pids[name]) - before
                result[name].append(used / (seen["chunks"] / 0.7) * 1e6)
                rates[name] = seen["chunks_per_s"]
                time.sleep(0.5)
        return {name: statistics.median(v) for name, v in result.items()}, rates

    def latency(self, rate=5000):
        rows = {}
        for name in ("direct", "nginx", "lectr", "direct", "nginx", "lectr"):
            seen = self.load("rate", "127.0.0.1", self.ports[name], rate, self.seconds, 64, 1000, KEY if name == "lectr" else "")
            if name not in rows or seen["p99_us"] < rows[name]["p99_us"]:
                rows[name] = seen
        return rows

    def idle_streams(self, count):
        before = rss_kib(self.pids["lectr"])
        p = subprocess.Popen([str(self.build / "bench_load"), "idle", "127.0.0.1", str(self.ports["lectr"]), str(count), "6", KEY], stdout=subprocess.PIPE, text=True)
        time.sleep(5)
        during = rss_kib(self.pids["lectr"])
        seen = json.loads(p.communicate(timeout=60)[0])
        return (during - before) / count, seen


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", default=str(ROOT / "build/release"))
    ap.add_argument("--seconds", type=int, default=4)
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--streams", type=int, default=5000, help="for the memory of idle streams")
    ap.add_argument("--database", default="", help="rows go to this empty Postgres, not to SQLite (what the server itself takes is not counted)")
    ap.add_argument("--control-only", action="store_true", help="only what rules, limits and budgets cost")
    args = ap.parse_args()
    b = Bench(args.build, args.seconds, args.rounds, args.database)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Linux {os.uname().release}, rounds of {args.seconds} s, median of {args.rounds}", flush=True)
    try:
        b.start()
        print(f"start to ready {b.start_ms:.0f} ms; idle RSS lectr {b.idle_rss['lectr'] / 1024:.1f} MiB, nginx {b.idle_rss['nginx'] / 1024:.1f} MiB", flush=True)
        row = "{:<44}{:>10.1f}{:>10.1f}{:>9.2f}"
        print(f"{'CPU µs of the gateway per …':<44}{'nginx':>10}{'lectr':>10}{'ratio':>9}")
        for label, call in () if args.control_only else (("request, 1 KB up, keep-alive", lambda: b.per_request(1000)), ("request, 100 KB up, keep-alive", lambda: b.per_request(100_000)),
                            ("request, 1 KB up, new connection each", lambda: b.per_request(1000, close=True))):
            r = call()
            print(row.format(label, r["nginx"], r["lectr"], r["lectr"] / r["nginx"]), flush=True)
        if not args.database:  # two gateways over one store would have the same rules
            b.start_ruled()
            r = b.per_request(1000, names=("lectr", "ruled"))
            print(f"{'  with 100 rules, 3 limits, a budget: without, with':<44}{r['lectr']:>10.1f}{r['ruled']:>10.1f}{r['ruled'] / r['lectr']:>9.2f}", flush=True)
        if args.control_only:
            return
        r, rates = b.per_chunk()
        print(row.format(f"streamed chunk ({rates['lectr']:.0f}/s, nginx {rates['nginx']:.0f}/s)", r["nginx"], r["lectr"], r["lectr"] / r["nginx"]), flush=True)
        lat = b.latency()
        print("latency at 5,000 requests/s, µs           " + "".join(f"{name:>10}" for name in lat))
        for q in ("p50_us", "p90_us", "p99_us"):
            print(f"  {q[:-3]:<40}" + "".join(f"{lat[name][q]:>10.0f}" for name in lat), flush=True)
        each, seen = b.idle_streams(args.streams)
        print(f"memory per idle stream {each:.2f} KiB ({seen['begun']} of {seen['streams']} open)")
        print(f"RSS after all this: lectr {rss_kib(b.pids['lectr']) / 1024:.1f} MiB, nginx {rss_kib(b.pids['nginx']) / 1024:.1f} MiB")
    finally:
        b.stop()


if __name__ == "__main__":
    sys.exit(main())
