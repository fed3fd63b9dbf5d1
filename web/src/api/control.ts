// The control document and what it does: the shapes of the API, and the calls. docs/control.md says what each member means.
import { ApiError, call, query, type Query } from "./client";

export interface Match {
  feature?: string;
  task?: string;
  provider?: string;
  model?: string;
}
export interface Destination {
  provider?: string;
  model?: string;
  weight?: number;
}
export interface Switched {
  name: string;
  enabled?: boolean; // default true
  shadow?: boolean; // default false
}
export interface Rule extends Switched {
  when?: Match;
  split?: Destination[];
  sticky?: string;
  fallback?: Destination[];
  first_byte_timeout_ms?: number;
  total_timeout_ms?: number;
}
export type LimitKind = "requests" | "tokens" | "streams";
export interface Limit extends Switched {
  kind?: LimitKind;
  limit: number;
  key?: string;
  feature?: string;
  model?: string;
}
export type Period = "day" | "week" | "month";
export interface Budget extends Switched {
  feature?: string;
  period?: Period;
  cap?: string | null; // money is decimal text
  alert_percent?: number[];
  soft_cap?: string | null;
  at_cap?: "block" | "downgrade";
  downgrade?: Record<string, string>;
  downgrade_ceiling_percent?: number;
  unknown_request_cost?: string | null;
}
export interface LatencyTarget {
  name: string;
  feature?: string; // none: the whole org
  p95_ms?: number; // of whole answers
  ttfb_p95_ms?: number; // to the first byte
  window_min?: number; // default 15
  switch_rule?: string; // its fallbacks come first while the target is missed
}
export type AlertKind = "anomaly" | "budget" | "latency";
export type Severity = "low" | "medium" | "high";
export interface Channel {
  name: string;
  enabled?: boolean; // default true
  type: "email" | "webhook" | "slack";
  to?: string[]; // email: addresses
  url?: string; // webhook, slack: a URL, env:NAME or file:/path
  secret?: string; // webhook: env:NAME or file:/path
  kinds?: AlertKind[]; // none: all
  min_severity?: Severity; // of anomalies, default low
}
export interface ControlDocument {
  time_zone?: string;
  document_only?: boolean; // the dashboard can't change it
  rules?: Rule[];
  limits?: Limit[];
  budgets?: Budget[];
  latency_targets?: LatencyTarget[];
  anomalies?: { sigma?: string | number };
  alerts?: Channel[];
}

export interface VersionHead {
  version: number;
  changed_at: string | null;
  changed_by: string | null;
  via: string | null;
  note: string;
}
// Edits by hand since a document was applied last.
export interface Drift {
  version: number;
  applied_at: string;
  applied_by: string;
  edits: number;
}
export type ControlState = VersionHead & { document: ControlDocument; drift?: Drift | null };
export type VersionRow = VersionHead & { summary: string[] };
export interface Problem {
  field: string;
  reason: string;
}
export interface Checked {
  problems: Problem[];
  warnings: Problem[];
}

export interface DryRequest {
  feature: string;
  task: string;
  provider: string;
  model: string;
  endpoint: string;
}
export interface DryTarget {
  provider: string;
  model: string;
  share: number;
  fallback: boolean;
  usable: boolean;
  reason: string;
}
export interface DryRun {
  rule: string | null;
  works: boolean; // false: the rule matches, but nothing of it can be done, so the request passes as asked
  shadow: string[];
  provider: string; // as detected
  targets: DryTarget[];
}
export interface Replay {
  from: string;
  to: string;
  requests: number;
  complete: boolean;
  matched: number;
  rerouted: number;
  rules: { name: string; shadow: boolean; requests: number; rerouted: number }[];
  cost_before: string; // of all requests whose cost is known before and after
  cost_after: string;
  cost_low: string;
  cost_high: string;
  cost_unknown: number;
  latency_p95_before_ms: number | null;
  latency_p95_after_ms: number | null;
  latency_unknown: number;
  notes: string[];
  states: { requests: number; before: ReplayedState; after: ReplayedState }; // with limits and budgets
}
interface Counted {
  name: string;
  requests: number;
}
export interface ReplayedState {
  passed: number;
  downgraded: number;
  limited: number;
  blocked: number;
  cost: string;
  limits: Counted[];
  budgets: Counted[]; // blocked or sent to a cheaper model
  shadow: { stopped: number; downgraded: number; limits: Counted[]; budgets: Counted[] }; // what it would have done; in none of the others
}

export interface RuleHits {
  name: string;
  requests: number;
  share: number;
  shadow_requests: number;
}
export interface Routing {
  from: string;
  to: string;
  requests: number;
  routed: number;
  rules: RuleHits[];
}

export type BreakerState = "closed" | "open" | "half_open";
export interface BreakerTarget {
  provider: string;
  model: string; // empty: as the client asked
  credential?: boolean; // not a target but one of the provider's keys
  state: BreakerState;
  since: string | null;
  reason: string;
  next_probe_at: string | null;
  requests: number;
  failures: number;
}
export interface Failover {
  at: string;
  id: string;
  rule: string | null;
  from: string;
  to: string;
  reason: string;
}
export interface Fallback {
  targets: BreakerTarget[];
  failovers: Failover[];
}

export interface LimitScope {
  scope: string; // "": the org
  used: number;
  rest: number;
  refused_1h: number;
  would_refuse_1h: number;
}
export interface LimitUse {
  name: string;
  kind: LimitKind;
  limit: number;
  shadow: boolean;
  enabled: boolean;
  scopes: LimitScope[];
}
export interface BudgetUse {
  name: string;
  period: Period;
  shadow: boolean;
  enabled: boolean;
  from: string;
  to: string;
  spent: string;
  held: string;
  cap: string | null;
  soft_cap: string | null;
  alert_percent: number[];
  state: "ok" | "soft" | "at_cap";
  projected: string | null;
  projected_low: string | null;
  projected_high: string | null;
  hits_cap_at: string | null;
  blocked: number;
  downgraded: number;
  unknown_requests?: number; // without a known price
  unknown_request_cost?: string; // what each counts as
}
export interface Limits {
  mode: "local" | "shared" | "degraded";
  limits: LimitUse[];
  budgets: BudgetUse[];
}

export interface TargetState {
  name: string;
  state: "within" | "breached" | "no_data";
  since: string | null;
  requests: number; // in the window
  p95_ms: number | null;
  ttfb_p95_ms?: number | null;
}

export interface Instance {
  id: string;
  version: number;
  started_at: string;
  seen_at: string;
  lags: boolean;
  this: boolean;
}
export interface Instances {
  version: number;
  rows: Instance[];
}

export interface ChannelState {
  name: string;
  type: Channel["type"];
  enabled: boolean;
  signed_by: "reference" | "generated" | "none" | null; // of webhooks
  secret_made_at: string | null;
  problem: string | null;
}
export interface Delivery {
  id: number;
  event: { id: number; kind: AlertKind; name: string; title: string; at: string };
  channel: string;
  state: "pending" | "sent" | "dead";
  attempts: number;
  next_attempt_at: string | null;
  status: number | null;
  result: string | null;
  created_at: string;
  changed_at: string;
}
export const alerts = {
  channels: (signal?: AbortSignal) => call<{ can_mail: boolean; rows: ChannelState[] }>("GET", "/alerts/channels", signal),
  deliveries: (ask: Query, signal?: AbortSignal) => call<{ rows: Delivery[]; next: number | null }>("GET", `/alerts${query(ask)}`, signal),
  test: (channel: string) => call<{ sent: boolean; status: number | null; result: string }>("POST", "/alerts/test", undefined, { channel }),
  retry: (id: number) => call<null>("POST", `/alerts/${id}/retry`),
  secret: (channel: string) => call<{ channel: string; secret: string }>("POST", `/alerts/channels/${encodeURIComponent(channel)}/secret`),
};

export const control = {
  state: (signal?: AbortSignal) => call<ControlState>("GET", "/control", signal),
  save: (base_version: number, document: ControlDocument, note = "", recommendation = "") => call<ControlState>("PUT", "/control", undefined, { base_version, document, ...(note ? { note } : {}), ...(recommendation ? { recommendation } : {}) }),
  check: (document: ControlDocument, signal?: AbortSignal) => call<Checked>("POST", "/control/check", signal, { document }),
  versions: (ask: Query, signal?: AbortSignal) => call<{ rows: VersionRow[]; next: number | null }>("GET", `/control/versions${query(ask)}`, signal),
  version: (version: number, signal?: AbortSignal) => call<ControlState>("GET", `/control/versions/${version}`, signal),
  dryRun: (document: ControlDocument, request: DryRequest, signal?: AbortSignal) => call<DryRun>("POST", "/control/dry_run", signal, { document, request }),
  replay: (document: ControlDocument, window: string, signal?: AbortSignal) => call<Replay>("POST", "/control/replay", signal, { document, window }),
  routing: (signal?: AbortSignal) => call<Routing>("GET", "/routing?window=24h", signal),
  fallback: (signal?: AbortSignal) => call<Fallback>("GET", "/fallback", signal),
  limits: (signal?: AbortSignal) => call<Limits>("GET", "/limits", signal),
  // null: this server measures no targets yet.
  targets: async (signal?: AbortSignal): Promise<{ rows: TargetState[] | null }> => call<{ rows: TargetState[] }>("GET", "/latency_targets", signal).catch((reason: unknown) => {
    if (reason instanceof ApiError && reason.status === 404) return { rows: null };
    throw reason;
  }),
  instances: (signal?: AbortSignal) => call<Instances>("GET", "/instances", signal),
};
