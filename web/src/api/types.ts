// What the API answers. Money is decimal text in US dollars; times are RFC 3339 in UTC; null: not known.

export type TokenSource = "provider" | "measured" | null;
export type Verdict = "complete" | "truncated" | "stalled" | "malformed" | "client_gone" | null;

export interface RequestRow {
  id: string;
  completed_at: string;
  key_id: number | null;
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
}

export interface RequestPage {
  rows: RequestRow[];
  next: string | null;
}

export interface ProviderRow {
  provider: string | null;
  requests: number;
  errors: number;
  tokens_input: number;
  tokens_output: number;
  latency_avg_us: number | null;
  latency_p95_us: number | null;
  cost: string | null;
  cost_estimated: boolean;
}

export interface Overview {
  from: string;
  to: string;
  requests: number;
  errors: number;
  streaming: number;
  latency_p50_us: number | null;
  latency_p95_us: number | null;
  ttfb_p50_us: number | null;
  tokens_input: number;
  tokens_output: number;
  tokens_estimated: boolean;
  cost: string;
  cost_estimated: boolean;
  cost_unknown_requests: number;
  providers: ProviderRow[];
}

export interface Status {
  version: string;
  degraded: boolean;
  events_received: number;
  events_written: number;
  events_dropped: number;
  journal_backlog: number;
  queue_depth: number;
}

export interface Me {
  user: string;
  role: "viewer" | "editor" | "admin";
  org: { id: number; name: string | null };
  expires_at: string | null;
  proxy_url: string | null;
}

export type Range = "1h" | "24h" | "7d";
