// Sums over rows, as the API's contract has them.
const WINDOWS = { "15m": 900, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000, "90d": 7_776_000 };
const iso = (ms) => `${new Date(ms).toISOString().slice(0, -1)}000Z`;
export const spanOf = (q, now) => (q.get("from") ? [Date.parse(q.get("from")), Date.parse(q.get("to") ?? new Date(now).toISOString())] : [now - (WINDOWS[q.get("window") ?? "24h"] ?? 86_400) * 1_000, now]);

const dimension = (row, by) => ({ provider: row.provider, model: row.model_actual ?? row.model_requested, feature: row.feature ?? "untagged", task: row.task, key: String(row.key_id), status_class: String(Math.floor(row.status / 100)) })[by] ?? null;
const tokens = (row) => (row.tokens_input ?? 0) + (row.tokens_output ?? 0);
const TESTS = {
  provider: (r, v) => r.provider === v, model: (r, v) => r.model_actual === v || r.model_requested === v, feature: (r, v) => (r.feature ?? "untagged") === v, task: (r, v) => r.task === v, key: (r, v) => String(r.key_id) === v,
  status_class: (r, v) => Math.floor(r.status / 100) === Number(v), errors: (r, v) => (r.error_source !== null) === (v === "true"), status: (r, v) => r.status === Number(v), streaming: (r, v) => String(r.streaming) === v, verdict: (r, v) => r.verdict === v,
  error_category: (r, v) => r.error_category === v, error_source: (r, v) => r.error_source === v, error_code: (r, v) => r.error_code === v, token_source: (r, v) => r.token_source === v, cost_source: (r, v) => r.cost_source === v, method: (r, v) => r.method === v,
  endpoint: (r, v) => r.endpoint === v, rule: (r, v) => r.rule === v, note: (r, v) => r.notes.includes(v), min_latency_ms: (r, v) => r.latency_us >= v * 1_000, max_latency_ms: (r, v) => r.latency_us <= v * 1_000, min_tokens: (r, v) => tokens(r) >= v, min_attempts: (r, v) => r.attempts >= v, min_cost: (r, v) => Number(r.cost ?? 0) >= v,
};
export function select(rows, q, [from, to]) {
  const tests = Object.keys(TESTS).filter((name) => q.get(name)).map((name) => [TESTS[name], q.get(name)]);
  const [start, end] = [iso(from), iso(to)];
  return rows.filter((row) => row.completed_at >= start && row.completed_at < end && tests.every(([test, value]) => test(row, value)));
}

const money = (value) => (value === 0 ? "0" : value.toFixed(9).replace(/0+$/, "").replace(/\.$/, ""));
const at = (sorted, part) => (sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]);
const sum = (rows, of) => rows.reduce((all, row) => all + Number(of(row) ?? 0), 0);
export function metrics(rows) {
  const latency = rows.map((row) => row.latency_us).sort((a, b) => a - b);
  const first = rows.map((row) => row.ttfb_us).filter((us) => us !== null).sort((a, b) => a - b);
  const errors = rows.filter((row) => row.error_source !== null).length;
  return {
    requests: rows.length, errors, error_rate: rows.length ? errors / rows.length : null, streaming: rows.filter((row) => row.streaming).length, retries: sum(rows, (r) => r.client_retry),
    tokens_input: sum(rows, (r) => r.tokens_input), tokens_output: sum(rows, (r) => r.tokens_output), tokens_cached: sum(rows, (r) => r.tokens_cached), tokens_cache_write: 0, tokens_reasoning: sum(rows, (r) => r.tokens_reasoning), tokens_estimated: rows.some((r) => r.token_source === "measured"),
    cost: money(sum(rows, (r) => r.cost)), cost_low: money(sum(rows, (r) => r.cost_low)), cost_high: money(sum(rows, (r) => r.cost_high)), cost_estimated: rows.some((r) => r.cost_low !== r.cost_high), cost_unknown_requests: rows.filter((r) => r.cost_source === "unknown_model").length,
    latency_avg_us: rows.length ? Math.round(sum(rows, (r) => r.latency_us) / rows.length) : null, latency_p50_us: at(latency, 0.5), latency_p95_us: at(latency, 0.95), latency_p99_us: at(latency, 0.99),
    ttfb_avg_us: first.length ? Math.round(sum(rows, (r) => r.ttfb_us) / first.length) : null, ttfb_p50_us: at(first, 0.5), ttfb_p95_us: at(first, 0.95), bytes_in: sum(rows, (r) => r.bytes_in), bytes_out: sum(rows, (r) => r.bytes_out),
  };
}

const STEPS = [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];
const stepOf = (q, span) => (q.get("step") ? Number(q.get("step").replace("s", "")) : (STEPS.find((step) => (span[1] - span[0]) / 1_000 / step <= 120) ?? 86_400));
function buckets(span, step) {
  const times = [];
  for (let ms = Math.floor(span[0] / 1_000 / step) * step * 1_000; ms < span[1]; ms += step * 1_000) times.push(ms);
  return times;
}
function spread(rows, times, step) {
  const parts = times.map(() => []);
  for (const row of rows) parts[Math.min(times.length - 1, Math.max(0, Math.floor((Date.parse(row.completed_at) - times[0]) / step / 1_000)))].push(row);
  return parts;
}
const MEASURES = {
  requests: ["count", (m) => m.requests], errors: ["count", (m) => m.errors], error_rate: ["ratio", (m) => m.error_rate], cost: ["usd", (m) => m.cost], tokens_input: ["tokens", (m) => m.tokens_input], tokens_output: ["tokens", (m) => m.tokens_output], tokens: ["tokens", (m) => m.tokens_input + m.tokens_output],
  latency_p50: ["us", (m) => m.latency_p50_us], latency_p95: ["us", (m) => m.latency_p95_us], latency_p99: ["us", (m) => m.latency_p99_us], latency_avg: ["us", (m) => m.latency_avg_us], ttfb_p50: ["us", (m) => m.ttfb_p50_us], ttfb_p95: ["us", (m) => m.ttfb_p95_us], streaming: ["count", (m) => m.streaming],
};
function group(rows, by) {
  const groups = new Map();
  for (const row of rows) {
    const name = dimension(row, by);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(row);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

export function timeseries(rows, q, now, label) {
  const span = spanOf(q, now);
  const mine = select(rows, q, span);
  const step = stepOf(q, span);
  const times = buckets(span, step);
  const by = q.get("by") ?? "none";
  const top = Number(q.get("top") ?? 5);
  const one = (metric) => {
    const [unit, of] = MEASURES[metric];
    const line = (part) => {
      const parts = spread(part, times, step).map((some) => metrics(some));
      return { total: of(metrics(part)), values: parts.map(of), requests: parts.map((m) => m.requests) };
    };
    const groups = by === "none" ? [] : group(mine, by).map(([name, part]) => [name, part, Number(of(metrics(part)) ?? 0)]).sort((a, b) => b[2] - a[2]);
    const rest = groups.slice(top).flatMap(([, part]) => part);
    return { metric, unit, series: groups.slice(0, top).map(([name, part]) => ({ name, label: label(by, name), ...line(part) })), other: rest.length ? line(rest) : null, all: line(mine) };
  };
  const base = { from: iso(span[0]), to: iso(span[1]), step_s: step, by, times: times.map(iso), partial_last: times.at(-1) + step * 1_000 > now };
  const wanted = (q.get("metric") ?? "requests").split(",");
  return wanted.length === 1 ? { ...base, ...one(wanted[0]) } : { ...base, metrics: Object.fromEntries(wanted.map((metric) => [metric, one(metric)])) };
}

const before = ([from, to]) => [2 * from - to, from];
export function overview(rows, q, now, health) {
  const span = spanOf(q, now);
  const mine = select(rows, q, span);
  const step = stepOf(q, span);
  const times = buckets(span, Math.max(step, Math.floor((span[1] - span[0]) / 32_000)));
  return {
    from: iso(span[0]), to: iso(span[1]), step_s: step, totals: metrics(mine), previous: q.get("compare") === "true" ? metrics(select(rows, q, before(span))) : null,
    providers: group(mine, "provider").map(([provider, part]) => ({ provider, share: part.length / mine.length, metrics: metrics(part), spark: spread(part, times, Math.max(step, Math.floor((span[1] - span[0]) / 32_000))).map((some) => some.length), health: health(provider, part.at(-1)?.completed_at ?? null) })),
  };
}

export function costs(rows, q, now, label) {
  const span = spanOf(q, now);
  const mine = select(rows, q, span);
  const by = q.get("by") ?? "feature";
  const totals = metrics(mine);
  const old = q.get("compare") === "true" ? select(rows, q, before(span)) : null;
  const past = new Map(old ? group(old, by).map(([name, part]) => [name, metrics(part).cost]) : []);
  const step = Math.max(60, Math.floor((span[1] - span[0]) / 32_000));
  const times = buckets(span, step);
  const untagged = metrics(mine.filter((row) => row.feature === null));
  return {
    from: iso(span[0]), to: iso(span[1]), by, totals, previous: old ? metrics(old) : null, untagged: { requests: untagged.requests, cost: untagged.cost, share: Number(totals.cost) ? Number(untagged.cost) / Number(totals.cost) : null },
    rows: group(mine, by).map(([name, part]) => ({ name, label: label(by, name), metrics: metrics(part), share: Number(totals.cost) ? Number(metrics(part).cost) / Number(totals.cost) : null, previous_cost: old ? (past.get(name) ?? "0") : null, spark: spread(part, times, step).map((some) => metrics(some).cost) })),
  };
}

const SORTS = { latency: (r) => r.latency_us, ttfb: (r) => r.ttfb_us ?? -1, tokens, cost: (r) => Number(r.cost ?? -1) };
export function page(rows, q, now) {
  const limit = Math.min(200, Number(q.get("limit") ?? 50));
  const from = Number(q.get("cursor") ?? 0);
  const span = q.get("from") || q.get("window") ? spanOf(q, now + 1_000) : [0, now + 1_000];
  const mine = select(rows, q, span).reverse();
  const sort = SORTS[q.get("sort") ?? ""];
  if (sort) mine.sort((a, b) => sort(b) - sort(a));
  return { rows: mine.slice(from, from + limit), next: from + limit < mine.length ? String(from + limit) : null };
}
export function dimensions(rows, q, now, keys) {
  const mine = select(rows, q, spanOf(q, now));
  const names = (by) => group(mine, by).map(([name]) => name).filter((name) => name !== null).slice(0, 200);
  return { providers: names("provider"), models: names("model"), features: names("feature"), tasks: names("task"), keys: keys.map(({ id, name }) => ({ id, name })) };
}
