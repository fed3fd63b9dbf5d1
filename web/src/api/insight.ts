// Recommendations and trends, as docs/api.md has them.
import { call } from "./client";
import type { ControlDocument, Replay, Rule } from "./control";
import type { Dimension } from "./types";

export interface Recommendation {
  id: string;
  state: "open" | "dismissed" | "applied";
  feature: string;
  task: string | null;
  provider: string;
  model: string;
  to_provider: string;
  to_model: string;
  note: string | null; // null, as all the figures: its traffic is gone
  requests: number | null;
  cost: string | null;
  saving: string | null;
  saving_low: string | null;
  saving_high: string | null;
  saving_share: number | null;
  confidence: "low" | "medium" | "high" | null;
  confidence_reason: string | null;
  guessed_task: string | null;
  latency_p95_ms: number | null;
  latency_p95_there_ms: number | null;
  decided_at: string | null;
  decided_by: string | null;
  reason: string | null;
  rule: string | null;
  rule_in_force: boolean | null;
}
export interface Effect {
  since: string;
  requests: number;
  moved: number;
  unpriced: number;
  cost: string;
  would_have_cost: string;
  saved: string;
  saved_low: string;
  saved_high: string;
  error_rate: { before: number | null; after: number | null; difference_low: number | null; difference_high: number | null; verdict: "unclear" | "unchanged" | "higher" | "lower" };
}
export interface Recommendations {
  from: string;
  to: string;
  open_saving: string;
  models_as_of: string;
  rows: Recommendation[];
}
export interface Draft {
  id: string;
  base_version: number;
  rule: Rule;
  document: ControlDocument;
  replay: Replay;
}
export interface Forecast {
  spent: string;
  cost_estimated: boolean;
  ready: boolean;
  days_known: number;
  value: string | null;
  low: string | null;
  high: string | null;
}
export interface Moving {
  before: string;
  now: string;
  change: string;
  share: number;
}
export interface Trends {
  by: Dimension;
  month: { from: string; to: string; confidence: number; forecast: Forecast; rows: { name: string | null; label: string | null; forecast: Forecast }[] };
  movers: { from: string; to: string; before: string; now: string; cost_estimated: boolean; rows: (Moving & { name: string | null; label: string | null; cost_estimated: boolean; move: "changed" | "new" | "gone" })[]; rest: Moving };
  untagged: { requests: number; cost: string; share: number | null };
  unused_keys: { id: number; name: string; hint: string; created_at: string }[];
  deprecated: { provider: string; model: string; announced: string | null; ends: string; days_left: number; replacement: string | null; source: string; requests: number; cost: string; features: string[] }[];
  deprecations_as_of: string;
}

const one = (id: string): string => `/recommendations/${encodeURIComponent(id)}`;
export const insight = {
  list: (signal?: AbortSignal) => call<Recommendations>("GET", "/recommendations", signal),
  one: (id: string, signal?: AbortSignal) => call<Recommendation & { effect: Effect | null }>("GET", one(id), signal),
  dismiss: (id: string, reason: string) => call<Recommendation>("POST", `${one(id)}/dismiss`, undefined, { reason }),
  reopen: (id: string) => call<Recommendation>("POST", `${one(id)}/reopen`, undefined, {}),
  draft: (id: string, signal?: AbortSignal) => call<Draft>("POST", `${one(id)}/draft`, signal, {}),
  trends: (by: Dimension, signal?: AbortSignal) => call<Trends>("GET", `/trends?by=${by}`, signal),
};
