// What behaved unlike itself: the shapes of the API, and the calls.
import { call, query, type Query } from "./client";
import type { Severity } from "./control";

export type AnomalyMetric = "volume" | "errors" | "latency" | "cost" | "drift";
export type AnomalyUnit = "requests_per_5_min" | "ratio" | "us" | "usd_per_hour";
export const REASONS = ["planned", "expected_growth", "not_useful", "other"] as const;
export type Reason = (typeof REASONS)[number];

export interface Anomaly {
  id: number;
  incident: number; // the first anomaly of the incident that it belongs to
  title: string;
  feature: string | null; // null: the org in sum
  metric: AnomalyMetric;
  direction: "high" | "low";
  severity: Severity;
  unit: AnomalyUnit;
  observed: number;
  baseline: number;
  low: number; // the band of two standard deviations around the baseline
  high: number;
  sigma: number;
  peak_sigma: number;
  window_s: number;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  dismissed_at: string | null;
  dismissed_by: string | null;
  reason: string | null; // "planned", or "planned: a note"
}

// The members that the cause does not name are empty.
export interface Cause {
  feature?: string | null;
  model?: string | null;
  key?: string | null; // the id of an org key
  key_name?: string | null;
  share: number; // of the extra; above 1 when others went the other way
}
export interface Change {
  usual: number;
  now: number;
}
export interface CostSplit {
  // dollars; together the extra. Of an earlier version: volume, mix and price alone, and lengths are in the price
  volume: number;
  mix: number;
  input?: number;
  output?: number;
  caching?: number;
  price: number;
  requests?: Change; // of the span
  input_tokens?: Change; // of a request
  output_tokens?: Change;
}
export interface Contribution {
  sentence?: string;
  extra?: number; // dollars or requests over the span; of rates: the change of the rate
  causes?: Cause[];
  split?: CostSplit | null;
}
export interface AnomalyChart {
  from: string;
  step_s: number;
  observed: (number | null)[];
  usual: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  sigma?: (number | null)[]; // of each step; not there: drawn by an earlier version
  extra?: number | null; // above the usual since it opened: dollars or requests
}
// Of its incident: that is told once.
export interface Alerted {
  at: string;
  anomaly: number;
  channels: { channel: string; state: "pending" | "sent" | "dead"; changed_at: string }[];
}
export type AnomalyDetail = Anomaly & { alerted: Alerted | null; contribution: Contribution | null; chart: AnomalyChart | null };

export interface AnomalyPage {
  rows: Anomaly[];
  next: number | null;
  counts: { all: number; open: number; dismissed: number };
  warm_up: { active: boolean; hours_left: number; begun: boolean };
}

export const anomalies = {
  list: (ask: Query, signal?: AbortSignal) => call<AnomalyPage>("GET", `/anomalies${query(ask)}`, signal),
  one: (id: number, signal?: AbortSignal) => call<AnomalyDetail>("GET", `/anomalies/${id}`, signal),
  dismiss: (id: number, reason: Reason, note: string) => call<Anomaly>("POST", `/anomalies/${id}/dismiss`, undefined, { reason, ...(note ? { note } : {}) }),
  reopen: (id: number) => call<Anomaly>("POST", `/anomalies/${id}/reopen`),
};
