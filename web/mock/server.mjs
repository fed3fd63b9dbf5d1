// A stand-in for the daemon's API while the page is developed: node mock/server.mjs [--port 8099] [--dist FOLDER] [--quiet]
// Answers the whole contract from made-up rows, streams new ones, and keeps changes in memory. Not shipped, not for production.
// POST /mock {"control": {"by": "anna", "off": "rule"}} changes the control state as somebody else; {"role": "viewer"} sets who is signed in;
// POST /mock {"warm_up": 31} makes the baseline still 31 hours away ({"warm_up": null}: there);
// POST /mock {"state": "usual" | "empty" | "error" | "degraded" | "down" | "slow"} sets how it answers; POST /mock {"emit": {…}} ends a request now.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { dice, history, KEYS, makeRow } from "./data.mjs";
import { anomaliesState } from "./anomalies.mjs";
import { controlState } from "./control.mjs";
import * as sums from "./sums.mjs";

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const port = Number(option("port", "8099"));
const dist = option("dist", null);
const roll = dice(Date.now());
const started = Date.now();
const rows = history(30, 4_000, started);
const streams = new Set();
const iso = (ms) => `${new Date(ms).toISOString().slice(0, -1)}000Z`;
let state = "usual";
let signedIn = false;
let ids = 100;
const me = { user: "admin", role: "admin", org: { id: 1, name: "halden" }, via: "session", expires_at: iso(started + 43_200_000), proxy_url: "http://127.0.0.1:8080" };
const keys = KEYS.map((key, n) => ({ ...key, created_at: iso(started - (200 - 20 * n) * 86_400_000), expires_at: n === 3 ? iso(started + 90_000_000) : null, revoked_at: null }));
keys.push({ id: 5, name: "first", hint: "lc_key_…0000", created_at: iso(started - 3e10), expires_at: null, revoked_at: iso(started - 2e10) });
const members = [{ id: 1, user: "admin", role: "admin" }, { id: 2, user: "mara@halden.example", role: "editor" }, { id: 3, user: "viewer", role: "viewer" }];
const tokens = [{ id: 1, name: "reports", role: "viewer", hint: "lt_…9QaB", created_at: iso(started - 8e9), expires_at: null }];
const settings = {
  credentials: [{ provider: "openai", reference: "env:OPENAI_API_KEY", found: true }, { provider: "anthropic", reference: "file:/run/secrets/anthropic", found: false }],
  base_urls: [], price_overrides: [{ provider: "openai", model: "gpt-5", input: "1.00", output: "8.00", cached: "0.10", cache_write: null }], retention: { row_days: 30, rollup_days: 400 }, exact_stream_usage: false,
};
const org = () => ({ id: 1, name: me.org.name, enabled: true, exact_stream_usage: settings.exact_stream_usage, retention: settings.retention, created_at: iso(started - 3e10) });
const label = (by, name) => (by === "key" ? (keys.find((key) => String(key.id) === name)?.name ?? name) : name);
const health = (provider, last) => {
  if (state === "down" && provider === "openai") return { state: "down", since: iso(Date.now() - 300_000), reason: "24 of 24 attempts failed", last_request: last };
  if (state === "down" && provider === "groq") return { state: "degraded", since: iso(Date.now() - 900_000), reason: "9.1 % failed in the last 5 min", last_request: last };
  const idle = provider === "azure";
  return { state: idle ? "idle" : "healthy", since: idle ? null : iso(started - 40_000_000), reason: null, last_request: last };
};
const status = () => ({ version: "0.1.0", degraded: state === "degraded", degraded_reason: state === "degraded" ? "the store takes no rows" : null, events_received: state === "empty" ? 0 : rows.length, events_written: rows.length, events_journaled: rows.length, events_dropped: state === "degraded" ? 97 : 0, journal_backlog: state === "degraded" ? 441 : 0, queue_depth: 0, connections: 12, exchanges_in_flight: 3 });

function emit(change = {}) {
  const row = { ...makeRow(Date.now(), roll), ...change };
  rows.push(row);
  if (state !== "usual") return row;
  for (const stream of streams) stream.write(`event: rows\ndata: ${JSON.stringify({ rows: [row], more: 0 })}\n\n`);
  return row;
}
setInterval(() => !process.argv.includes("--quiet") && roll() < 0.1 && emit(), 2_000);

const fail = (code, name, message, field = null) => ({ code, body: { error: { code: name, message, field } } });
const missing = fail(404, "not_found", "there is no such thing");
const control = controlState({ rows, iso, fail, who: () => me });
const anomalies = anomaliesState({ iso, fail, who: () => me, started });
const providers = () => {
  const of = sums.overview(rows, new URLSearchParams("window=24h"), Date.now(), health).providers;
  return ["openai", "anthropic", "groq", "gemini", "azure", "mistral", "deepseek", "ollama"].map((provider) => {
    const own = settings.base_urls.find((one) => one.provider === provider)?.base_url;
    const needs_base = ["azure", "ollama"].includes(provider);
    const credential = settings.credentials.find((one) => one.provider === provider);
    const found = of.find((one) => one.provider === provider);
    return { provider, enabled: true, base_url: own ?? (needs_base ? null : `https://api.${provider}.example`), base_url_source: own ? "org" : needs_base ? "none" : "builtin", needs_base, credential_ref: credential?.reference ?? null, credential_found: credential?.found ?? null, health: found?.health ?? { state: "idle", since: null, reason: null, last_request: null }, metrics: found?.metrics ?? sums.metrics([]) };
  });
};
const cell = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const table = (list) => (list.length === 0 ? "" : [Object.keys(list[0]), ...list.map((one) => Object.values(one))].map((line) => line.map(cell).join(",")).join("\r\n"));

function read(path, q) {
  const now = Date.now();
  const data = state === "empty" ? [] : rows;
  const one = path.match(/^\/requests\/([^/]+)$/);
  if (one) {
    const row = data.find(({ id }) => id === one[1]);
    if (!row) return missing;
    const last = { attempt: row.attempts, provider: row.provider, model: row.model_actual ?? row.model_requested, start_us: row.attempts > 1 ? null : 0, ttfb_us: row.ttfb_us, end_us: row.latency_us, took_ms: row.attempts > 1 ? Math.max(0, Math.round(row.latency_us / 1_000) - 95) : null, outcome: row.error_category ?? "ok" };
    const timeline = row.attempts > 1 ? [{ attempt: 1, provider: "groq", model: "gpt-oss-120b", start_us: 0, ttfb_us: null, end_us: null, took_ms: 94, outcome: "429" }, last] : [last];
    const route = row.attempts > 1 ? { rule: "Chat on mini", shadow: null, note: null, targets: [{ provider: "groq", model: "gpt-oss-120b", outcome: "429", ms: 94 }, { provider: row.provider, model: row.model_actual, outcome: String(row.status), ms: Math.round(row.latency_us / 1_000) }], cut: false } : null;
    return { ...row, why: null, control_version: route ? 4 : null, route, timeline, price: row.cost === null ? null : { version: row.price_version, as_of: "2026-11-10T00:00:00Z", source: "price_table", per_million: { input: "0.25", cached: "0.025", cache_write: null, output: "2.00", reasoning: null } } };
  }
  switch (path) {
    case "/me": return me;
    case "/status": return status();
    case "/overview": return sums.overview(data, q, now, health);
    case "/timeseries": return sums.timeseries(data, q, now, label);
    case "/costs": return sums.costs(data, q, now, label);
    case "/requests": return sums.page(data, q, now);
    case "/dimensions": return sums.dimensions(data, q, now, keys);
    case "/providers": return { rows: providers() };
    case "/org": return org();
    case "/settings": return settings;
    case "/keys": return { rows: keys.map((key) => ({ ...key, last_used_at: key.revoked_at ? null : (data.findLast((row) => row.key_id === key.id)?.completed_at ?? null), requests_24h: sums.select(data, new URLSearchParams({ key: String(key.id) }), [now - 86_400_000, now]).length })) };
    case "/members": return { rows: members };
    case "/tokens": return { rows: tokens };
    case "/requests.csv": return { csv: table(sums.select(data, q, sums.spanOf(q, now)).reverse().map(({ notes, ...row }) => ({ ...row, notes: notes.join(" ") }))) };
    case "/costs.csv": return { csv: table(sums.costs(data, q, now, label).rows.map(({ name, metrics }) => ({ name, requests: metrics.requests, cost: metrics.cost }))) };
    case "/overview.csv": return { csv: table(sums.overview(data, q, now, health).providers.map(({ provider, metrics }) => ({ provider, requests: metrics.requests, cost: metrics.cost }))) };
    case "/timeseries.csv": return { csv: table([{ time: iso(now), value: 1 }]) };
    case "/keys.csv": return { csv: table(keys) };
    case "/members.csv": return { csv: table(members) };
    case "/tokens.csv": return { csv: table(tokens) };
    case "/providers.csv": return { csv: table(providers().map(({ provider, base_url }) => ({ provider, base_url }))) };
    default: return anomalies.read(path, q, state === "empty") ?? control.read(path, q) ?? missing;
  }
}

const secret = (head) => head + Array.from({ length: 40 }, () => "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[Math.floor(roll() * 57)]).join("");
const newKey = (name, expires_at, more = {}) => {
  const key = secret("lc_key_");
  const made = { id: ++ids, name, hint: `lc_key_…${key.slice(-4)}`, created_at: iso(Date.now()), expires_at: expires_at ?? null, revoked_at: null };
  keys.push(made);
  return { code: 201, body: { ...made, ...more, key } };
};
function write(method, path, q, body) {
  const changed = control.write(method, path, body) ?? anomalies.write(method, path, body);
  if (changed) return changed;
  const [, kind, first, second] = path.split("/");
  const id = Number(first);
  const from = (list) => list.find((one) => one.id === id);
  const drop = (list, one) => void list.splice(list.indexOf(one), 1);
  if (path === "/me/password") return body.old === "lectr-demo" ? { code: 204 } : fail(400, "invalid_field", "the password is not this one", "old");
  if (kind === "keys") {
    if (method === "POST" && !first) return body.name ? newKey(body.name, body.expires_at) : fail(400, "invalid_field", "is empty", "name");
    const key = from(keys);
    if (!key) return missing;
    if (second === "rotate") {
      key.expires_at = iso(Date.now() + body.overlap_s * 1_000);
      return newKey(key.name, null, { replaces: id });
    }
    if (method === "DELETE") key.revoked_at = iso(Date.now());
    return { code: 204 };
  }
  if (kind === "members") {
    if (method === "POST") {
      if (members.some(({ user }) => user === body.user)) return fail(409, "conflict", "there is a user of this name", "user");
      members.push({ id: ++ids, user: body.user, role: body.role, created_at: iso(Date.now()) });
      return { code: 201, body: members.at(-1) };
    }
    const member = from(members);
    if (!member) return missing;
    if ((method === "DELETE" || (body.role && body.role !== "admin")) && member.role === "admin" && members.filter(({ role }) => role === "admin").length === 1) return fail(409, "conflict", "the last admin stays");
    if (method === "DELETE") drop(members, member);
    else Object.assign(member, body.role ? { role: body.role } : {});
    return { code: 200, body: member };
  }
  if (kind === "tokens") {
    if (method === "DELETE") {
      drop(tokens, from(tokens));
      return { code: 204 };
    }
    const token = secret("lt_");
    tokens.push({ id: ++ids, name: body.name, role: body.role, hint: `lt_…${token.slice(-4)}`, created_at: iso(Date.now()), expires_at: body.expires_at ?? null });
    return { code: 201, body: { ...tokens.at(-1), token } };
  }
  if (path === "/org") {
    if (body.retention?.row_days === 0) return fail(400, "invalid_field", "at least one day", "row_days");
    if (body.name) me.org.name = body.name;
    if (body.retention) settings.retention = body.retention;
    if (body.exact_stream_usage !== undefined) settings.exact_stream_usage = body.exact_stream_usage;
    return { code: 200, body: org() };
  }
  const put = (list, same, value) => {
    const at = list.findIndex(same);
    if (at >= 0) list.splice(at, 1);
    if (method === "PUT") list.push(value);
    return { code: 204 };
  };
  if (path.startsWith("/settings/credentials/")) {
    if (method === "PUT" && !/^(env|file):/.test(body.reference)) return fail(400, "invalid_field", "not env:NAME or file:/path; keys themselves are not stored", "reference");
    return put(settings.credentials, (one) => one.provider === second, { provider: second, reference: body?.reference, found: false });
  }
  if (path.startsWith("/settings/base_urls/")) return put(settings.base_urls, (one) => one.provider === second, { provider: second, base_url: body?.base_url });
  if (path === "/settings/prices") {
    const price = method === "PUT" ? body : Object.fromEntries(q);
    return put(settings.price_overrides, (one) => one.provider === price.provider && one.model === price.model, { cached: null, cache_write: null, ...price });
  }
  return missing;
}

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
function file(path, answer) {
  const name = extname(path) ? path : "/index.html";
  try {
    const body = readFileSync(join(dist, name));
    answer.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff" }).end(body);
  } catch {
    answer.writeHead(404).end();
  }
}
function send(answer, { code = 200, body }) {
  if (code === 204) return answer.writeHead(204).end();
  answer.writeHead(code, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(JSON.stringify(body));
}
function stream(request, answer) {
  answer.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  answer.write(`event: hello\ndata: ${JSON.stringify({ now: iso(Date.now()) })}\n\nevent: status\ndata: ${JSON.stringify(status())}\n\n`);
  streams.add(answer);
  request.on("close", () => streams.delete(answer));
}

async function handle(request, answer) {
  const { pathname, searchParams } = new URL(request.url, "http://mock");
  let text = "";
  for await (const part of request) text += part;
  const body = text ? JSON.parse(text) : undefined;
  if (pathname === "/mock") {
    if (body.state) state = body.state;
    if (body.warm_up !== undefined) anomalies.warmUp(body.warm_up);
    if (body.role) me.role = body.role;
    if (body.control) return send(answer, { body: control.elsewhere(body.control) });
    return send(answer, { body: body.emit ? emit(body.emit) : { state } });
  }
  if (!pathname.startsWith("/api/v1")) return dist ? file(pathname, answer) : answer.writeHead(404).end();
  const path = pathname.slice("/api/v1".length);
  if (path === "/login") {
    if (body.user !== "admin" || body.password !== "lectr-demo") return send(answer, fail(401, "wrong_login", "User and password do not match.", "password"));
    signedIn = true;
    answer.setHeader("Set-Cookie", "lectr_session=mock; HttpOnly; SameSite=Strict; Path=/");
    return send(answer, { body: me });
  }
  if (!signedIn || !(request.headers.cookie ?? "").includes("lectr_session=mock")) return send(answer, fail(401, "unauthenticated", "no session"));
  if (path === "/logout") {
    answer.setHeader("Set-Cookie", "lectr_session=; Max-Age=0; Path=/");
    return send(answer, { code: 204 });
  }
  if (path === "/live") return state === "error" ? send(answer, fail(503, "unavailable", "the store is away")) : stream(request, answer);
  if (state === "error" && !["/me", "/status"].includes(path)) return send(answer, fail(503, "unavailable", "the store is away"));
  if (state === "slow" && !["/me", "/status"].includes(path)) return;
  if (request.method !== "GET") return send(answer, write(request.method, path, searchParams, body));
  const found = read(path, searchParams);
  if (found.csv !== undefined) return answer.writeHead(200, { "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="${path.slice(1)}"` }).end(found.csv);
  return send(answer, found.code ? found : { body: found });
}
createServer((request, answer) => handle(request, answer).catch((error) => {
  console.error(error);
  send(answer, fail(500, "internal_error", String(error)));
})).listen(port, "127.0.0.1", () => console.log(`mock http://127.0.0.1:${port} admin / lectr-demo, ${rows.length} rows`));
