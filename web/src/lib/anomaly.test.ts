import { expect, test } from "vitest";
import { badgeOf, bare, deliveredWords, dotOf, extraOf, frequency, kindOf, lasted, momentOf, outside, reasonOf, rowsBehind, sigma, sigmaScale, spanOf, valueOf, whenOf, worst } from "./anomaly";
import type { Anomaly, AnomalyUnit } from "../api/anomalies";

const THIN = "\u2009";
const row: Anomaly = {
  id: 1, incident: 1, title: "Cost spike in summariser", feature: "summariser", metric: "cost", direction: "high", severity: "high", unit: "usd_per_hour", observed: 7.1, baseline: 2.52, low: 1.68, high: 3.36, sigma: 10.9, peak_sigma: 10.9,
  window_s: 300, opened_at: "2026-11-19T10:25:00.000000Z", updated_at: "2026-11-19T10:50:00.000000Z", closed_at: null, dismissed_at: null, dismissed_by: null, reason: null,
};
const now = Date.parse("2026-11-19T10:50:00Z");

test.each<[AnomalyUnit, number, string, string]>([
  ["requests_per_5_min", 29, "5.8", "5.8 req/min"],
  ["requests_per_5_min", 0, "0", "0 req/min"],
  ["requests_per_5_min", 0.2, "0.040", "0.040 req/min"],
  ["requests_per_5_min", 7_500, "1,500", "1,500 req/min"],
  ["ratio", 0.044, `4.4${THIN}%`, `4.4${THIN}%`],
  ["us", 3_020_000, `3.02${THIN}s`, `3.02${THIN}s`],
  ["usd_per_hour", 7.1, "$7.10", "$7.10/h"],
  ["usd_per_hour", 0, "$0", "$0/h"],
])("%s %d is %s", (unit, raw, short, whole) => {
  expect(bare(unit, raw)).toBe(short);
  expect(valueOf(unit, raw)).toBe(whole);
});
test.each([[10.94, "+10.9 σ"], [-3.14, "−3.1 σ"], [0.01, "0.0 σ"], [1_234.5, "+1,235 σ"]])("%d is %s", (value, text) => expect(sigma(value)).toBe(text));

test("the title stands without a feature that is named beside it", () => {
  expect(kindOf(row)).toBe("Cost spike");
  expect(kindOf({ title: "Error rate", feature: null })).toBe("Error rate");
});
test.each([
  [{}, "crit", ["crit", "High, open"]],
  [{ severity: "medium" }, "warn", ["warn", "Medium, open"]],
  [{ closed_at: "x" }, "idle", ["", "High, closed"]],
  [{ closed_at: "x", dismissed_at: "x" }, "idle", ["", "Dismissed"]],
  [{ dismissed_at: "x" }, "idle", ["", "Dismissed"]],
] as const)("%o looks %s", (change, dot, badge) => {
  expect(dotOf({ ...row, ...change })).toBe(dot);
  expect(badgeOf({ ...row, ...change })).toEqual(badge);
});
test("the worst is open, then grave, then far off", () => {
  const rows = [{ ...row, id: 1, closed_at: "x", peak_sigma: 99 }, { ...row, id: 2, severity: "low" as const, peak_sigma: 50 }, { ...row, id: 3, peak_sigma: 4 }, { ...row, id: 4, peak_sigma: -6 }];
  expect(worst(rows)?.id).toBe(4);
  expect(worst([rows[0] as Anomaly])).toBeNull();
});
test("an open one lasts until now, a closed one to its end, none shorter than a step", () => {
  expect(lasted(row, now)).toBe("25 min");
  expect(lasted({ ...row, closed_at: "2026-11-19T12:30:00Z" }, now)).toBe("2 h 5 min");
  expect(spanOf({ ...row, closed_at: row.opened_at }, now).to).toBe("2026-11-19T10:30:00.000Z");
});
test.each([["2026-11-19T10:25:00Z", "10:25"], ["2026-11-18T16:40:00Z", "Wed 16:40"], ["2026-11-07T09:00:00Z", "Sat 7 Nov"]])("%s is %s", (time, words) => expect(whenOf(time, now)).toBe(words));
test.each([["2026-11-19T10:25:00Z", "10:25"], ["2026-11-18T16:40:00Z", "Wed 16:40"], ["2026-11-07T09:00:00Z", "7 Nov 09:00"]])("with its time %s is %s", (time, words) => expect(momentOf(time, now)).toBe(words));

test.each([
  [row, undefined, { feature: "summariser" }],
  [row, { model: "claude", key: "2", share: 0.9 }, { feature: "summariser", model: "claude", key: "2" }],
  [{ ...row, feature: null }, { feature: "chat", model: "", key: null, share: 0.9 }, { feature: "chat" }],
  [{ ...row, feature: "" }, undefined, { feature: "untagged" }],
  [{ ...row, metric: "errors" as const, feature: null }, undefined, { errors: "true" }],
])("the rows behind it, case %#", (one, cause, filters) => expect(rowsBehind(one, cause)).toEqual(filters));

test("outside the band, with the step before; a gap stays one", () => {
  expect(outside([1, 2, 9, 2, null, 9, 0], [1, 1, 1, 1, 1, 1, 1], [3, 3, 3, 3, 3, 3, 3])).toEqual([null, 2, 9, null, null, 9, 0]);
  expect(outside([9, 9], [null, 1], [null, 3])).toEqual([9, 9]);
  expect(outside([9], [null], [null])).toEqual([null]);
});
test.each([[null, ["", ""]], ["planned", ["Planned", ""]], ["expected_growth: more: users", ["Expected growth", "more: users"]], ["by hand", ["", "by hand"]]])("reason %s", (text, want) => expect(reasonOf(text)).toEqual(want));

test("bars of deviations have round ends and the largest, either way", () => {
  expect(sigmaScale([])).toBeNull();
  expect(sigmaScale([null, null])).toBeNull();
  expect(sigmaScale([0.4, 10.9, null, -1])).toEqual({ top: 12, bottom: -3, peak: 1 });
  expect(sigmaScale([1, 2.9])).toEqual({ top: 3, bottom: 0, peak: 1 });
  expect(sigmaScale([0.5, -30])).toEqual({ top: 3, bottom: -36, peak: 1 });
});

test("the extra is dollars or requests, missing where it is less, and of a percentile none", () => {
  const chart = { from: "", step_s: 300, observed: [], usual: [], low: [], high: [] };
  expect(extraOf({ metric: "cost", chart: { ...chart, extra: 1.114 } })).toEqual({ says: "Extra", amount: "$1.11", unit: "" });
  expect(extraOf({ metric: "volume", chart: { ...chart, extra: -1_420.4 } })).toEqual({ says: "Missing", amount: "1,420", unit: " requests" });
  expect(extraOf({ metric: "errors", chart: { ...chart, extra: 12 } })).toEqual({ says: "Extra", amount: "12", unit: " errors" });
  expect(extraOf({ metric: "latency", chart: { ...chart, extra: null } })).toBeNull();
  expect(extraOf({ metric: "cost", chart })).toBeNull(); // of an earlier version
  expect(extraOf({ metric: "cost", chart: null })).toBeNull();
});

test("who was told, what went well first", () => {
  const channel = (name: string, state: "pending" | "sent" | "dead") => ({ channel: name, state, changed_at: "" });
  expect(deliveredWords({ at: "", anomaly: 1, channels: [channel("mail", "dead"), channel("on call", "sent"), channel("team", "sent"), channel("hook", "pending")] })).toBe("on call, team delivered; hook waiting; mail failed");
  expect(deliveredWords({ at: "", anomaly: 1, channels: [] })).toBe("in the dashboard only");
});

test("how often, only where the list reaches back four weeks", () => {
  const now = Date.parse("2026-11-26T00:00:00Z");
  const [lately, before] = [{ opened_at: "2026-11-20T00:00:00Z" }, { opened_at: "2026-10-01T00:00:00Z" }];
  expect(frequency([lately, lately, before], false, { all: 8, dismissed: 1 }, now)).toBe("0.5 per week over 4 weeks; 1 of 8 dismissed.");
  expect(frequency([lately], true, { all: 1, dismissed: 0 }, now)).toBe("0.3 per week over 4 weeks; 0 of 1 dismissed.");
  expect(frequency([lately], false, { all: 200, dismissed: 1 }, now)).toBe("1 of 200 dismissed.");
});
