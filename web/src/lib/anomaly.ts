// How anomalies read: names, values by unit, states, the span of one, the rows behind it. Pure.
import type { Alerted, Anomaly, AnomalyDetail, AnomalyMetric, AnomalyUnit, Cause, Reason } from "../api/anomalies";
import { count, countTick, day, dollars, duration, minute, moneyTick, perCent } from "./format";
import type { Filters } from "./filters";
import { span, type Span } from "./range";

const MIN_MS = 60_000;
const UNTAGGED = "untagged";

export const featureOf = (row: Pick<Anomaly, "feature">): string => (row.feature === null ? "all" : row.feature || UNTAGGED);
// The title without the feature, where that stands beside it: "Cost spike".
export const kindOf = ({ title, feature }: Pick<Anomaly, "title" | "feature">): string => (feature !== null && title.endsWith(` in ${feature}`) ? title.slice(0, -` in ${feature}`.length) : title);

export const isOpen = (row: Pick<Anomaly, "closed_at" | "dismissed_at">): boolean => row.closed_at === null && row.dismissed_at === null;
export type State = "open" | "closed" | "dismissed";
export const stateOf = (row: Pick<Anomaly, "closed_at" | "dismissed_at">): State => (row.dismissed_at !== null ? "dismissed" : row.closed_at !== null ? "closed" : "open");
export const MARK_COLOURS = { open: "crit", closed: "warn", dismissed: "idle" } as const; // on charts
// Status colour only while it is one: what is over is grey.
export const dotOf = (row: Pick<Anomaly, "closed_at" | "dismissed_at" | "severity">): "crit" | "warn" | "idle" => (isOpen(row) ? (row.severity === "high" ? "crit" : "warn") : "idle");
export function badgeOf(row: Pick<Anomaly, "closed_at" | "dismissed_at" | "severity">): [kind: string, words: string] {
  const severity = row.severity.charAt(0).toUpperCase() + row.severity.slice(1);
  const state = stateOf(row);
  return [state === "open" ? (row.severity === "high" ? "crit" : "warn") : "", state === "dismissed" ? "Dismissed" : `${severity}, ${state}`];
}

const RANK = { low: 0, medium: 1, high: 2 };
// The one that the status line names: the gravest, then the one that is furthest off.
export function worst(rows: readonly Anomaly[]): Anomaly | null {
  return rows.filter(isOpen).reduce<Anomaly | null>((top, row) => (top === null || RANK[row.severity] > RANK[top.severity] || (row.severity === top.severity && Math.abs(row.peak_sigma) > Math.abs(top.peak_sigma)) ? row : top), null);
}

// "+10.9 σ", with a real minus.
export const sigma = (value: number): string => {
  const size = Math.abs(value);
  const text = size < 100 ? size.toFixed(1) : count(size);
  return `${Number(text.replaceAll(",", "")) === 0 ? "" : value < 0 ? "−" : "+"}${text} σ`;
};

// From where to where bars of deviations are drawn, in round numbers, and which is the largest. Null: there is none.
export function sigmaScale(values: readonly (number | null)[]): { top: number; bottom: number; peak: number } | null {
  let peak = -1;
  values.forEach((value, n) => {
    if (value !== null && (peak < 0 || Math.abs(value) > Math.abs(values[peak] as number))) peak = n;
  });
  if (peak < 0) return null;
  const edge = (most: number): number => (most <= 3 ? 3 : most <= 6 ? 6 : 12 * Math.ceil(most / 12));
  const known = values.filter((value) => value !== null);
  const [most, least] = [Math.max(0, ...known), Math.max(0, ...known.map((value) => -value))];
  return { top: edge(most), bottom: least <= 0 ? 0 : -edge(least), peak };
}

// What there was above or below the usual since it opened: dollars of cost, requests of the others. Null: nobody can add that up.
export function extraOf({ metric, chart }: Pick<AnomalyDetail, "metric" | "chart">): { says: string; amount: string; unit: string } | null {
  const extra = chart?.extra ?? null;
  if (extra === null) return null;
  const says = extra < 0 ? "Missing" : "Extra";
  if (metric === "cost") return { says, amount: dollars(Math.abs(extra)), unit: "" };
  return { says, amount: count(Math.round(Math.abs(extra))), unit: { volume: " requests", errors: " errors", drift: " answers", latency: "" }[metric] };
}

const DELIVERED = { sent: "delivered", pending: "waiting", dead: "failed" } as const;
// "on call, team delivered; mail failed": what became of the messages, what went well first.
export function deliveredWords(alerted: Alerted): string {
  const by = (["sent", "pending", "dead"] as const).map((state) => [DELIVERED[state], alerted.channels.filter((one) => one.state === state).map(({ channel }) => channel)] as const);
  return by.filter(([, names]) => names.length > 0).map(([word, names]) => `${names.join(", ")} ${word}`).join("; ") || "in the dashboard only";
}

// How often there was one, where the list reaches back far enough: "2.0 per week over 4 weeks; 1 of 8 dismissed."
const WEEKS = 4;
export function frequency(rows: readonly Pick<Anomaly, "opened_at">[], whole: boolean, counts: { all: number; dismissed: number }, now_ms: number): string {
  const since = now_ms - WEEKS * 7 * 86_400_000;
  const reaches = whole || rows.some(({ opened_at }) => Date.parse(opened_at) < since);
  const lately = rows.filter(({ opened_at }) => Date.parse(opened_at) >= since).length;
  const dismissed = `${count(counts.dismissed)} of ${count(counts.all)} dismissed`;
  return reaches ? `${(lately / WEEKS).toFixed(1)} per week over ${WEEKS} weeks; ${dismissed}.` : `${dismissed}.`;
}

// A value of the API in the scale in which it is drawn and read.
export const scaled = (unit: AnomalyUnit, value: number): number => (unit === "requests_per_5_min" ? value / 5 : value);
const rate = (perMinute: number): string => (perMinute === 0 ? "0" : perMinute < 0.095 ? perMinute.toPrecision(2) : perMinute < 99.95 ? perMinute.toFixed(1) : count(perMinute));
// Number and unit apart, of an already scaled value: "7.10", "/h".
export function parts(unit: AnomalyUnit, value: number): [number: string, unit: string] {
  switch (unit) {
    case "requests_per_5_min": return [rate(value), " req/min"];
    case "ratio": return [perCent(value), ""];
    case "us": return [duration(Math.max(0, Math.round(value))), ""];
    case "usd_per_hour": return [value === 0 ? "$0" : dollars(value), "/h"];
  }
}
export const valueOf = (unit: AnomalyUnit, raw: number): string => parts(unit, scaled(unit, raw)).join("");
export const bare = (unit: AnomalyUnit, raw: number): string => parts(unit, scaled(unit, raw))[0];
const plain = (text: string): string => text.replace(/\.0+(?=\D|$)/, "").replace(/(\.\d*?)0+(?=\D|$)/, "$1");
export function tickOf(unit: AnomalyUnit): (value: number, step: number) => string {
  if (unit === "usd_per_hour") return moneyTick;
  if (unit === "us") return (value) => (value === 0 ? "0" : plain(duration(Math.round(value))));
  if (unit === "ratio") return (value) => (value === 0 ? "0 %" : plain(perCent(value)));
  return countTick;
}
export const METRIC_UNITS: Record<AnomalyUnit, string> = { requests_per_5_min: "req/min", ratio: "share of requests", us: "P95 latency", usd_per_hour: "$/h" };
export const METRIC_NAMES: Record<AnomalyMetric, string> = { volume: "Traffic", errors: "Error rate", latency: "P95 latency", cost: "Cost per hour", drift: "Share of answers from another model" };

// Open: until now. Never shorter than a step, so that there is something to look at.
export function spanOf(row: Pick<Anomaly, "opened_at" | "closed_at">, now_ms: number): Span {
  const from = Date.parse(row.opened_at);
  const to = row.closed_at === null ? now_ms : Date.parse(row.closed_at);
  return span(from, Math.max(to, from + 5 * MIN_MS));
}
export const lasted = (row: Pick<Anomaly, "opened_at" | "closed_at">, now_ms: number): string => {
  const { from, to } = spanOf(row, now_ms);
  const minutes = Math.round((Date.parse(to) - Date.parse(from)) / MIN_MS);
  return minutes < 60 ? `${minutes} min` : minutes < 2_880 ? `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}` : `${Math.floor(minutes / 1_440)} d`;
};
// "14:29" today, "Wed 16:40" this week, "14 Nov" before.
export function whenOf(time: string, now_ms: number): string {
  if (time.slice(0, 10) === new Date(now_ms).toISOString().slice(0, 10)) return minute(time);
  return now_ms - Date.parse(time) < 6 * 86_400_000 ? `${day(time).slice(0, 3)} ${minute(time)}` : day(time);
}
// The same with the time of day, however long ago: "14 Nov 16:40".
export const momentOf = (time: string, now_ms: number): string => {
  const when = whenOf(time, now_ms);
  return when.endsWith(minute(time)) ? when : `${when.slice(4)} ${minute(time)}`;
};

const named = (value: string | null | undefined): string => value ?? "";
// What narrows the list to the requests behind it: the feature, what failed, and the first cause if it makes up most of it.
export function rowsBehind(row: Pick<Anomaly, "feature" | "metric">, cause: Cause | undefined): Filters {
  const filters: Filters = {};
  if (row.feature !== null) filters["feature"] = row.feature || UNTAGGED;
  else if (cause && named(cause.feature)) filters["feature"] = named(cause.feature);
  if (cause && named(cause.model)) filters["model"] = named(cause.model);
  if (cause && named(cause.key)) filters["key"] = named(cause.key);
  if (row.metric === "errors") filters["errors"] = "true";
  return filters;
}
export const causeParts = (cause: Cause): [name: "feature" | "model" | "key", value: string][] => (["feature", "model", "key"] as const).flatMap((name) => (named(cause[name]) ? [[name, named(cause[name])] as [typeof name, string]] : []));

// Which values lie outside the band, each with the one before, so that the line into it is drawn too. The others are gaps.
export function outside(observed: readonly (number | null)[], low: readonly (number | null)[], high: readonly (number | null)[]): (number | null)[] {
  const out = observed.map((value, n) => value !== null && ((high[n] ?? null) !== null && value > (high[n] as number) || (low[n] ?? null) !== null && value < (low[n] as number)));
  return observed.map((value, n) => (out[n] || (out[n + 1] && value !== null) ? value : null));
}

export const REASON_WORDS: Record<Reason, string> = { planned: "Planned", expected_growth: "Expected growth", not_useful: "Not useful", other: "Other" };
// "planned: load test" is ["Planned", "load test"].
export function reasonOf(text: string | null): [reason: string, note: string] {
  const [head = "", ...rest] = (text ?? "").split(": ");
  return head in REASON_WORDS ? [REASON_WORDS[head as Reason], rest.join(": ")] : ["", text ?? ""];
}
