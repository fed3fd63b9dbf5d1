// Anomalies in the mock: a plausible set, open, closed, dismissed, with their charts; warm-up and nothing found by a switch.
import { dice } from "./data.mjs";

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const STEP_S = 300;
const UNITS = { volume: "requests_per_5_min", errors: "ratio", latency: "us", cost: "usd_per_hour", drift: "ratio" };
const KINDS = { "cost high": "Cost spike", "latency high": "Slow answers", "volume high": "Traffic high", "volume low": "Traffic low", "drift high": "Model drift", "errors high": "Error rate" };

// minutes ago, lasted (null: open), feature, metric, direction, severity, observed, baseline, half of the band, incident
const SEEDS = [
  [25, null, "summariser", "cost", "high", "high", 7.1, 2.52, 0.84, null],
  [20, null, "summariser", "latency", "high", "medium", 3_020_000, 1_580_000, 420_000, 0],
  [1_210, 65, "summariser", "volume", "high", "medium", 96, 25, 14, null],
  [2_985, 40, "classifier", "volume", "high", "medium", 290, 110, 37, null, ["planned: load test", "mara@halden.example"]],
  [4_720, 240, "summariser", "volume", "low", "low", 2, 24.5, 7.2, null],
  [7_200, 55, "chat", "drift", "high", "low", 0.031, 0.004, 0.011, null],
  [8_900, 35, null, "errors", "high", "high", 0.044, 0.006, 0.0075, null],
  [9_400, 20, "<script>alert(1)</script>", "cost", "high", "low", 0.0031, 0.0011, 0.0008, null],
];

export function anomaliesState({ iso, fail, who, started }) {
  let warm = null; // hours left
  const missing = fail(404, "not_found", "there is no such anomaly");
  const rows = SEEDS.map(([ago, lasted, feature, metric, direction, severity, observed, baseline, half, incident, gone], n) => {
    const opened = Math.floor((started - ago * MIN) / 300_000) * 300_000;
    const closed = lasted === null ? null : opened + lasted * MIN;
    const sigma = (2 * (observed - baseline)) / half;
    const title = KINDS[`${metric} ${direction}`];
    return { id: SEEDS.length - n, incident: SEEDS.length - (incident ?? n), title: feature === null ? title : `${title} in ${feature}`, feature, metric, direction, severity, unit: UNITS[metric], observed, baseline, low: baseline - half, high: baseline + half, sigma, peak_sigma: sigma * (closed ? 1.12 : 1), window_s: metric === "volume" ? 300 : 900,
      opened_at: iso(opened), updated_at: iso(closed ?? Math.floor(Date.now() / 300_000) * 300_000), closed_at: closed && iso(closed), dismissed_at: gone ? iso(closed + HOUR) : null, dismissed_by: gone?.[1] ?? null, reason: gone?.[0] ?? null };
  });

  // Twelve hours before it, and two after; busier by day; two hours in which nothing passed.
  function chart(row) {
    const roll = dice(row.id);
    const end = Math.min(row.closed_at ? Date.parse(row.closed_at) + 2 * HOUR : Date.now(), Math.floor(Date.now() / 300_000) * 300_000);
    const from = Math.floor((Date.parse(row.opened_at) - 12 * HOUR) / 300_000) * 300_000;
    const half = row.high - row.baseline;
    const out = { from: iso(from), step_s: STEP_S, observed: [], usual: [], low: [], high: [], sigma: [], extra: row.metric === "latency" ? null : 0 };
    const adds = { cost: 1 / 12, errors: 80, drift: 80 }[row.metric] ?? 1;
    for (let ms = from; ms <= end; ms += STEP_S * 1_000) {
      const wave = 1 - 0.25 * (1 - Math.cos(((ms - Date.parse(row.opened_at)) / DAY) * 2 * Math.PI));
      const [usual, wide] = [row.baseline * wave, half * (0.7 + 0.3 * wave)];
      const within = ms >= Date.parse(row.opened_at) && (row.closed_at === null || ms < Date.parse(row.closed_at));
      const ramp = Math.min(1, (ms - Date.parse(row.opened_at) + 300_000) / 1_500_000);
      const gap = row.id % 3 === 2 && ms > from + 3 * HOUR && ms < from + 4 * HOUR;
      const value = within ? usual + (row.observed - usual) * ramp : Math.max(0, usual + (roll() + roll() + roll() - 1.5) * wide * 0.55);
      out.observed.push(gap ? null : value);
      out.usual.push(usual);
      out.low.push(Math.max(0, usual - wide));
      out.high.push(usual + wide);
      out.sigma.push(gap ? null : (2 * (value - usual)) / wide);
      if (out.extra !== null && within && !gap) out.extra += (value - usual) * adds;
    }
    return out;
  }
  function alerted(row) {
    if (row.id === 1) return null;
    const at = iso(Date.parse(row.opened_at) + 300_000);
    const channel = (name, state) => ({ channel: name, state, changed_at: at });
    return { at, anomaly: row.incident, channels: row.severity === "low" ? [] : [channel("Slack", "sent"), channel("e-mail", row.id % 3 === 0 ? "dead" : "sent")] };
  }
  function contribution(row) {
    if (row.id % 4 === 1) return null;
    if (row.metric === "cost" && row.feature) {
      const extra = 1.11;
      return { sentence: "97 % of the extra cost comes from model claude-sonnet-5-5, key batch-worker", extra, causes: [{ feature: null, model: "claude-sonnet-5-5", key: "2", key_name: "batch-worker", share: 0.97 }], split: { volume: 0.04 * extra, mix: 0, price: 0.96 * extra } };
    }
    if (row.metric === "errors") return { sentence: "88 % of the extra errors comes from feature chat, model gpt-5-mini; feature onboarding", extra: 0.038, causes: [{ feature: "chat", model: "gpt-5-mini", key: null, key_name: null, share: 0.61 }, { feature: "onboarding", model: null, key: null, key_name: null, share: 0.27 }], split: null };
    if (row.direction === "low") return { sentence: "no single cause", extra: -420, causes: [], split: null };
    return { sentence: "82 % of the extra requests comes from key staging", extra: 640, causes: [{ feature: null, model: null, key: "3", key_name: "staging", share: 0.82 }], split: null };
  }

  const dismissed = (row) => row.dismissed_at !== null;
  const open = (row) => row.closed_at === null && !dismissed(row);
  const STATUS = { all: () => true, open, closed: (row) => row.closed_at !== null && !dismissed(row), dismissed };
  function read(path, q, empty) {
    const one = path.match(/^\/anomalies\/(\d+)$/);
    const all = empty || warm !== null ? [] : rows;
    if (one) {
      const row = all.find(({ id }) => id === Number(one[1]));
      return row ? { ...row, alerted: alerted(row), contribution: contribution(row), chart: chart(row) } : missing;
    }
    if (path !== "/anomalies") return null;
    const limit = Number(q.get("limit") ?? 50);
    const found = all.filter((row) => STATUS[q.get("status") ?? "all"]?.(row) && (!q.get("metric") || row.metric === q.get("metric")) && (!q.get("feature") || row.feature === q.get("feature")) && (!q.get("before") || row.id < Number(q.get("before"))));
    const next = found.length > limit ? found[limit - 1].id : null;
    return { rows: found.slice(0, limit), next, counts: { all: all.length, open: all.filter(open).length, dismissed: all.filter(dismissed).length }, warm_up: { active: !empty && warm === null, hours_left: empty ? 48 : (warm ?? 0), begun: !empty } };
  }
  function write(method, path, body) {
    const [, id, verb] = path.match(/^\/anomalies\/(\d+)\/(dismiss|reopen)$/) ?? [];
    if (!id || method !== "POST") return null;
    if (who().role === "viewer") return fail(403, "forbidden", "needs the role editor");
    const row = rows.find((one) => one.id === Number(id));
    if (!row) return missing;
    if (verb === "dismiss" && !["planned", "expected_growth", "not_useful", "other"].includes(body?.reason)) return fail(400, "invalid_field", "planned, expected_growth, not_useful or other is needed", "reason");
    const change = verb === "dismiss" ? { dismissed_at: iso(Date.now()), dismissed_by: who().user, reason: body.note ? `${body.reason}: ${body.note}` : body.reason } : { dismissed_at: null, dismissed_by: null, reason: null };
    for (const other of rows) if (other.incident === row.incident) Object.assign(other, change);
    return { code: 200, body: row };
  }
  return { read, write, warmUp: (hours) => (warm = hours) };
}
