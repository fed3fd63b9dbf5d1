// Every fetch of the app. All can be aborted; all fail with one error.
import type { Costs, Dimension, Dimensions, Key, Me, Member, Metric, MetricSeries, NewKey, NewToken, Org, Overview, PriceOverride, ProviderState, RequestDetail, RequestPage, Role, Settings, Status, Timeseries, Token } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer came
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly problems: readonly { field: string; reason: string }[] = [], // all of them, where a whole document was refused
  ) {
    super(message);
  }
}
export const known = (reason: unknown): ApiError => (reason instanceof ApiError ? reason : new ApiError(0, "internal", "The page failed to read the answer."));

const DEADLINE_MS = 35_000; // the server gives up after 30 s and says so

export async function call<T>(method: string, path: string, signal?: AbortSignal, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Lectr-Csrf"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MS);
  const stop = () => deadline.abort();
  signal?.addEventListener("abort", stop);
  try {
    const response = await fetch(`/api/v1${path}`, { method, headers, signal: deadline.signal, body: body === undefined ? null : JSON.stringify(body) });
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    throw await problem(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw error;
    throw new ApiError(0, "no_answer", "Lectr does not answer.");
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function problem(response: Response): Promise<ApiError> {
  try {
    const { error, problems } = (await response.json()) as { error: { code: string; message: string; field: string | null }; problems?: { field: string; reason: string }[] };
    return new ApiError(response.status, error.code, error.message, error.field, problems);
  } catch {
    return new ApiError(response.status, "bad_answer", `Lectr answered ${response.status}.`);
  }
}

export type Query = Record<string, string | number | boolean | undefined>;
export const query = (parameters: Query): string => {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
};
// The address of a table as a file; the browser saves it.
export const csv = (what: "requests" | "timeseries" | "costs" | "overview" | "providers" | "keys" | "members" | "tokens", ask: Query = {}): string => `/api/v1/${what}.csv${query(ask)}`;

// One metric comes bare, several come by name: the app always sees them by name.
type RawSeries = Omit<Timeseries, "metrics"> & Partial<MetricSeries> & { metrics?: Record<string, MetricSeries> };
async function timeseries(ask: Query & { metric: string }, signal?: AbortSignal): Promise<Timeseries> {
  const raw = await call<RawSeries>("GET", `/timeseries${query(ask)}`, signal);
  const { from, to, step_s, by, times, partial_last } = raw;
  const metrics = raw.metrics ?? { [ask.metric]: { metric: ask.metric as Metric, unit: raw.unit ?? "count", series: raw.series ?? [], other: raw.other ?? null, all: raw.all ?? null } };
  return { from, to, step_s, by, times, partial_last, metrics };
}

const id = encodeURIComponent;
const get = <T>(path: string) => (signal?: AbortSignal) => call<T>("GET", path, signal);
const asked = <T>(path: string) => (ask: Query, signal?: AbortSignal) => call<T>("GET", `${path}${query(ask)}`, signal);
const rows = <T>(path: string) => async (signal?: AbortSignal) => (await call<{ rows: T[] }>("GET", path, signal)).rows;

export const api = {
  login: (user: string, password: string, signal?: AbortSignal) => call<Me>("POST", "/login", signal, { user, password }),
  logout: () => call<void>("POST", "/logout"),
  me: get<Me>("/me"),
  setPassword: (old: string, next: string) => call<void>("POST", "/me/password", undefined, { old, new: next }),
  status: get<Status>("/status"),
  overview: asked<Overview>("/overview"),
  timeseries,
  requests: asked<RequestPage>("/requests"),
  request: (row: string, signal?: AbortSignal) => call<RequestDetail>("GET", `/requests/${id(row)}`, signal),
  costs: (by: Dimension, ask: Query, signal?: AbortSignal) => call<Costs>("GET", `/costs${query({ ...ask, by })}`, signal),
  dimensions: asked<Dimensions>("/dimensions"),
  providers: async (ask: Query, signal?: AbortSignal) => (await call<{ rows: ProviderState[] }>("GET", `/providers${query(ask)}`, signal)).rows,
  org: get<Org>("/org"),
  setOrg: (change: Partial<Pick<Org, "name" | "exact_stream_usage" | "retention">>) => call<Org>("PATCH", "/org", undefined, change),
  keys: rows<Key>("/keys"),
  newKey: (name: string, expires_at?: string) => call<NewKey>("POST", "/keys", undefined, { name, ...(expires_at ? { expires_at } : {}) }),
  rotateKey: (key: number, overlap_s: number) => call<NewKey>("POST", `/keys/${key}/rotate`, undefined, { overlap_s }),
  revokeKey: (key: number) => call<void>("DELETE", `/keys/${key}`),
  members: rows<Member>("/members"),
  newMember: (user: string, password: string, role: Role) => call<Member>("POST", "/members", undefined, { user, password, role }),
  setMember: (member: number, change: { role?: Role; password?: string }) => call<Member>("PATCH", `/members/${member}`, undefined, change),
  removeMember: (member: number) => call<void>("DELETE", `/members/${member}`),
  tokens: rows<Token>("/tokens"),
  newToken: (name: string, role: Role, expires_at?: string) => call<NewToken>("POST", "/tokens", undefined, { name, role, ...(expires_at ? { expires_at } : {}) }),
  revokeToken: (token: number) => call<void>("DELETE", `/tokens/${token}`),
  settings: get<Settings>("/settings"),
  setCredential: (provider: string, reference: string) => call<void>("PUT", `/settings/credentials/${id(provider)}`, undefined, { reference }),
  dropCredential: (provider: string) => call<void>("DELETE", `/settings/credentials/${id(provider)}`),
  setBaseUrl: (provider: string, base_url: string) => call<void>("PUT", `/settings/base_urls/${id(provider)}`, undefined, { base_url }),
  dropBaseUrl: (provider: string) => call<void>("DELETE", `/settings/base_urls/${id(provider)}`),
  setPrice: (price: Partial<PriceOverride>) => call<void>("PUT", "/settings/prices", undefined, price),
  dropPrice: (provider: string, model: string) => call<void>("DELETE", `/settings/prices${query({ provider, model })}`),
};
