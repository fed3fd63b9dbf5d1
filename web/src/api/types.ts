// What the API answers. Money is decimal text in US dollars; times are RFC 3339 in UTC; null: not known.

export type TokenSource = "provider" | "measured" | null;
export type Verdict = "complete" | "truncated" | "stalled" | "malformed" | "client_gone" | null;
export type Role = "viewer" | "editor" | "admin";
export type Dimension = "feature" | "model" | "provider" | "key" | "task";

export interface RequestRow {
  id: string;
  completed_at: string;
  key_id: number | null;
  key_name?: string | null;
  provider: string | null;
  method: string | null;
  endpoint: string | null;
  model_requested: string | null;
  model_actual: string | null;
  feature: string | null;
  task: string | null;
  rule: string | null;
  status: number;
  error_code: string | null;
  error_category: string | null;
  error_source: "proxy" | "provider" | "client" | null;
  status_source?: "proxy" | "provider" | "client"; // who made the status
  streaming: boolean;
  verdict: Verdict;
  attempts: number;
  client_retry: number;
  latency_us: number;
  ttfb_us: number | null;
  bytes_in: number;
  bytes_out: number;
  token_source: TokenSource;
  tokens_input: number | null;
  tokens_output: number | null;
  tokens_output_low: number | null;
  tokens_output_high: number | null;
  tokens_cached: number | null;
  tokens_cache_write: number | null;
  tokens_reasoning: number | null;
  tokens_audio: number | null;
  cost_source: string | null;
  cost: string | null;
  cost_low: string | null;
  cost_high: string | null;
  saved_high: string | null;
  price_version: string | null;
  provider_request_id: string | null;
  notes: string[];
  why?: string | null;
  control_version?: number | null;
}

// Why a request went where it went. Every part may be missing.
export interface RouteReason {
  rule?: string | null;
  shadow?: string | null;
  note?: string | null;
  switched?: boolean; // the fallbacks came first, for a latency target was missed
  holds?: { kind: "limit" | "budget"; name: string; outcome: "refused" | "downgraded" | "would_refuse" | "would_downgrade" }[];
  targets?: { provider: string; model: string | null; outcome: string; ms: number | null }[];
  cut?: boolean;
}

export interface Attempt {
  attempt: number;
  provider: string | null;
  model: string | null;
  start_us: number | null;
  ttfb_us: number | null;
  end_us: number | null;
  took_ms?: number | null;
  outcome: string | null;
}

// Dollars per million tokens, as they are in force now.
export interface PriceUsed {
  version: string;
  as_of: string | null; // null: the org's own
  source: string;
  per_million: Partial<Record<"input" | "cached" | "cache_write" | "output" | "reasoning", string | null>>;
}

export interface RequestDetail extends RequestRow {
  timeline?: Attempt[] | null;
  route?: RouteReason | null; // `why`, read
  price?: PriceUsed | null;
}

export interface RequestPage {
  rows: RequestRow[];
  next: string | null;
}

// The sums of some requests, wherever sums are shown.
export interface Metrics {
  requests: number;
  errors: number;
  error_rate: number | null;
  streaming: number;
  retries: number;
  tokens_input: number;
  tokens_output: number;
  tokens_cached: number;
  tokens_cache_write: number;
  tokens_reasoning: number;
  tokens_estimated: boolean;
  cost: string;
  cost_low: string | null;
  cost_high: string | null;
  cost_estimated: boolean;
  cost_unknown_requests: number;
  latency_avg_us: number | null;
  latency_p50_us: number | null;
  latency_p95_us: number | null;
  latency_p99_us: number | null;
  ttfb_avg_us: number | null;
  ttfb_p50_us: number | null;
  ttfb_p95_us: number | null;
  bytes_in: number;
  bytes_out: number;
}

export interface Health {
  state: "healthy" | "degraded" | "down" | "idle";
  since: string | null;
  reason: string | null;
  last_request: string | null;
}

export interface ProviderRow {
  provider: string | null;
  share: number | null;
  metrics: Metrics;
  spark: number[];
  health: Health;
}

export interface Overview {
  from: string;
  to: string;
  step_s: number;
  totals: Metrics;
  previous: Metrics | null;
  providers: ProviderRow[];
}

export type Metric =
  | "requests" | "errors" | "error_rate" | "cost" | "tokens_input" | "tokens_output" | "tokens"
  | "latency_p50" | "latency_p95" | "latency_p99" | "latency_avg" | "ttfb_p50" | "ttfb_p95" | "streaming";

export type Value = number | string | null; // money is decimal text

export interface SeriesData {
  name?: string | null;
  label?: string | null;
  total: Value;
  values: Value[];
  requests?: number[];
}

export interface MetricSeries {
  metric: Metric;
  unit: string;
  series: SeriesData[];
  other: SeriesData | null;
  all: SeriesData | null;
}

export interface Timeseries {
  from: string;
  to: string;
  step_s: number;
  by: string;
  times: string[];
  partial_last: boolean;
  metrics: Record<string, MetricSeries>;
}

export interface CostRow {
  name: string | null;
  label: string | null;
  metrics: Metrics;
  share: number | null;
  previous_cost: string | null;
  spark: string[];
}

export interface Costs {
  from: string;
  to: string;
  by: Dimension;
  totals: Metrics;
  previous: Metrics | null;
  untagged: { requests: number; cost: string; share: number | null };
  rows: CostRow[];
}

export interface Dimensions {
  providers: string[];
  models: string[];
  features: string[];
  tasks: string[];
  keys: { id: number; name: string }[];
}

export interface ProviderState {
  provider: string;
  enabled: boolean;
  base_url: string | null;
  base_url_source: "builtin" | "instance" | "org" | "none";
  needs_base: boolean;
  credential_ref: string | null;
  credential_found: boolean | null;
  health: Health;
  metrics: Metrics;
}

export interface Status {
  version: string;
  degraded: boolean;
  degraded_reason?: string | null;
  events_received: number;
  events_written: number;
  events_dropped: number;
  journal_backlog: number;
  queue_depth: number;
  redis?: { configured: boolean; state: "ok" | "slow" | "away"; since: string | null };
}

export interface Me {
  user: string;
  role: Role;
  org: { id: number; name: string | null };
  expires_at: string | null;
  proxy_url: string | null;
  via?: "session" | "token";
}

export interface Key {
  id: number;
  name: string;
  hint: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at?: string | null;
  requests_24h?: number | null;
}
export type NewKey = Key & { key: string; replaces?: number | null };

export interface Member {
  id: number;
  user: string;
  role: Role;
}

export interface Token {
  id: number;
  name: string;
  role: Role;
  hint?: string | null;
  created_at?: string | null;
  expires_at?: string | null;
  revoked_at?: string | null;
  last_used_at?: string | null;
}
export type NewToken = Token & { token: string };

export interface PriceOverride {
  provider: string;
  model: string;
  input: string;
  output: string;
  cached: string | null;
  cache_write: string | null;
}

export interface Retention {
  row_days: number | null;
  rollup_days: number | null;
}

export interface Settings {
  credentials: { provider: string; reference: string; found: boolean }[];
  base_urls: { provider: string; base_url: string }[];
  price_overrides: PriceOverride[];
  retention: Retention;
  exact_stream_usage: boolean;
}

export interface Org {
  id: number;
  name: string | null;
  enabled: boolean;
  exact_stream_usage: boolean;
  retention: Retention;
  created_at: string | null;
}
