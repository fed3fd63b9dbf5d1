// Every fetch of the app. All can be aborted; all fail with one error.
import type { Me, Overview, Range, RequestPage, RequestRow, Status } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer came
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

const DEADLINE_MS = 35_000; // the server gives up after 30 s and says so

async function call<T>(method: string, path: string, signal?: AbortSignal, body?: unknown): Promise<T> {
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
    const { error } = (await response.json()) as { error: { code: string; message: string; field: string | null } };
    return new ApiError(response.status, error.code, error.message, error.field);
  } catch {
    return new ApiError(response.status, "bad_answer", `Lectr answered ${response.status}.`);
  }
}

const query = (parameters: Record<string, string | number | undefined>): string => {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
};

export interface RequestQuery {
  from?: string;
  cursor?: string;
  limit?: number;
  provider?: string;
  model?: string;
  feature?: string;
  errors?: "true" | "false";
  [name: string]: string | number | undefined;
}

export const api = {
  login: (user: string, password: string, signal?: AbortSignal) => call<Me>("POST", "/login", signal, { user, password }),
  logout: () => call<void>("POST", "/logout"),
  me: (signal?: AbortSignal) => call<Me>("GET", "/me", signal),
  status: (signal?: AbortSignal) => call<Status>("GET", "/status", signal),
  overview: (window: Range, signal?: AbortSignal) => call<Overview>("GET", `/overview${query({ window })}`, signal),
  requests: (ask: RequestQuery, signal?: AbortSignal) => call<RequestPage>("GET", `/requests${query(ask)}`, signal),
  request: (id: string, signal?: AbortSignal) => call<RequestRow>("GET", `/requests/${id}`, signal),
};
