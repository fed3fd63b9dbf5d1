// What requests can be filtered by: one list for the filter bar, the address, and live rows. Pure.
import type { Dimensions, RequestRow } from "../api/types";

export type Filters = Record<string, string>;
export interface Field {
  name: string;
  label: string;
  kind: "dimension" | "choice" | "text" | "number";
  sums: boolean; // figures and charts know it too; the others only narrow the list
  choices?: readonly string[];
  hint?: string;
  test: (row: RequestRow, value: string) => boolean;
}

const eq = (got: string | number | boolean | null, want: string): boolean => (got === null ? "" : String(got)) === want;
const least = (got: number | null, want: string): boolean => got !== null && got >= Number(want);
const tokensOf = (row: RequestRow): number | null => (row.tokens_input === null && row.tokens_output === null ? null : (row.tokens_input ?? 0) + (row.tokens_output ?? 0));
// Features without a tag are "untagged", here as in the sums.
const feature = (row: RequestRow): string => row.feature ?? "untagged";

export const FIELDS: readonly Field[] = [
  { name: "feature", label: "feature", kind: "dimension", sums: true, test: (r, v) => eq(feature(r), v) },
  { name: "model", label: "model", kind: "dimension", sums: true, test: (r, v) => eq(r.model_actual, v) || eq(r.model_requested, v) },
  { name: "provider", label: "provider", kind: "dimension", sums: true, test: (r, v) => eq(r.provider, v) },
  { name: "key", label: "key", kind: "dimension", sums: true, test: (r, v) => eq(r.key_id, v) },
  { name: "task", label: "task", kind: "dimension", sums: true, test: (r, v) => eq(r.task, v) },
  { name: "status_class", label: "status class", kind: "choice", sums: true, choices: ["2", "3", "4", "5"], test: (r, v) => eq(Math.floor(r.status / 100), v) },
  { name: "errors", label: "outcome", kind: "choice", sums: false, choices: ["true", "false"], test: (r, v) => (r.error_source !== null) === (v === "true") },
  { name: "status", label: "status", kind: "number", sums: false, hint: "429", test: (r, v) => eq(r.status, v) },
  { name: "streaming", label: "streamed", kind: "choice", sums: false, choices: ["true", "false"], test: (r, v) => eq(r.streaming, v) },
  { name: "verdict", label: "stream end", kind: "choice", sums: false, choices: ["complete", "truncated", "stalled", "malformed", "client_gone"], test: (r, v) => eq(r.verdict, v) },
  { name: "error_category", label: "error class", kind: "choice", sums: false, choices: ["rate", "capacity", "money", "auth", "request", "safety"], test: (r, v) => eq(r.error_category, v) },
  { name: "error_source", label: "error source", kind: "choice", sums: false, choices: ["proxy", "provider", "client"], test: (r, v) => eq(r.error_source, v) },
  { name: "error_code", label: "error code", kind: "text", sums: false, hint: "provider_timeout", test: (r, v) => eq(r.error_code, v) },
  { name: "token_source", label: "token source", kind: "choice", sums: false, choices: ["provider", "measured"], test: (r, v) => eq(r.token_source, v) },
  { name: "cost_source", label: "cost source", kind: "choice", sums: false, choices: ["price_table", "matched_alias", "org_override", "unknown_model"], test: (r, v) => eq(r.cost_source, v) },
  { name: "method", label: "method", kind: "choice", sums: false, choices: ["POST", "GET", "PUT", "DELETE"], test: (r, v) => eq(r.method, v) },
  { name: "endpoint", label: "endpoint", kind: "text", sums: false, hint: "/v1/chat/completions", test: (r, v) => eq(r.endpoint, v) },
  { name: "rule", label: "rule", kind: "text", sums: false, hint: "name of a rule", test: (r, v) => eq(r.rule, v) },
  { name: "note", label: "note", kind: "choice", sums: false, choices: ["provider_unknown", "retried_stale", "rule_not_applied", "downgraded", "usage_asked", "usage_not_taken_out", "usage_refused", "calibrated"], test: (r, v) => r.notes.includes(v) },
  { name: "min_latency_ms", label: "latency from", kind: "number", sums: false, hint: "5000 (ms)", test: (r, v) => r.latency_us >= Number(v) * 1_000 },
  { name: "max_latency_ms", label: "latency up to", kind: "number", sums: false, hint: "200 (ms)", test: (r, v) => r.latency_us <= Number(v) * 1_000 },
  { name: "min_tokens", label: "tokens from", kind: "number", sums: false, hint: "10000", test: (r, v) => least(tokensOf(r), v) },
  { name: "min_attempts", label: "attempts from", kind: "number", sums: false, hint: "2", test: (r, v) => r.attempts >= Number(v) },
  { name: "min_cost", label: "cost from", kind: "number", sums: false, hint: "0.10 (USD)", test: (r, v) => r.cost !== null && Number(r.cost) >= Number(v) },
];
const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));
export const field = (name: string): Field | undefined => BY_NAME.get(name);

export const matches = (row: RequestRow, filters: Filters): boolean => Object.entries(filters).every(([name, value]) => field(name)?.test(row, value) ?? true);
export const forSums = (filters: Filters): Filters => Object.fromEntries(Object.entries(filters).filter(([name]) => field(name)?.sums));
export const listOnly = (filters: Filters): string[] => Object.keys(filters).filter((name) => !field(name)?.sums);

// The values of a dimension, as the API wants them and as people read them.
export interface Choice {
  value: string;
  label: string;
}
const plain = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }));
const OUTCOME: Record<string, string> = { true: "failed", false: "succeeded" };
const YES: Record<string, string> = { true: "yes", false: "no" };
export function choices(one: Field, known: Dimensions | null): Choice[] {
  if (one.name === "errors") return (one.choices ?? []).map((value) => ({ value, label: OUTCOME[value] ?? value }));
  if (one.name === "streaming") return (one.choices ?? []).map((value) => ({ value, label: YES[value] ?? value }));
  if (one.name === "status_class") return (one.choices ?? []).map((value) => ({ value, label: `${value}xx` }));
  if (one.choices) return one.choices.map((value) => ({ value, label: value.replaceAll("_", " ") }));
  if (!known) return [];
  if (one.name === "feature") return plain(known.features);
  if (one.name === "model") return plain(known.models);
  if (one.name === "provider") return plain(known.providers);
  if (one.name === "task") return plain(known.tasks);
  if (one.name === "key") return known.keys.map(({ id, name }) => ({ value: String(id), label: name }));
  return [];
}
export const labelOf = (name: string, value: string, known: Dimensions | null): string => {
  const one = field(name);
  return (one && choices(one, known).find((choice) => choice.value === value)?.label) || value;
};

export interface Suggestion {
  field: string;
  value: string | null; // null: the field alone, its value is still to come
  label: string;
}
const BOUND = 12;
// What a text in the filter bar can mean: "fea" offers the field, "feature=ch" its values, "chat" the values of any dimension.
export function suggest(text: string, known: Dimensions | null): Suggestion[] {
  const typed = text.trim();
  const at = typed.search(/[=:]/);
  if (at > 0) {
    const head = typed.slice(0, at).trim().toLowerCase().replaceAll(" ", "_");
    const one = FIELDS.find(({ name, label }) => name === head || label.replaceAll(" ", "_") === head);
    if (!one) return [];
    const value = typed.slice(at + 1).trim();
    const found: Suggestion[] = choices(one, known).filter(({ label }) => label.toLowerCase().includes(value.toLowerCase())).map((choice) => ({ field: one.name, value: choice.value, label: choice.label }));
    const own = value !== "" && one.kind !== "choice" && valid(one, value) && one.name !== "key" && !found.some((choice) => choice.value === value);
    return [...(own ? [{ field: one.name, value, label: value }] : []), ...found].slice(0, BOUND);
  }
  const low = typed.toLowerCase();
  const fields = FIELDS.filter(({ name, label }) => label.includes(low) || name.includes(low)).map(({ name }) => ({ field: name, value: null, label: "" }));
  if (low === "") return fields;
  const values = FIELDS.filter(({ kind, choices: fixed }) => kind === "dimension" || fixed).flatMap((one) =>
    choices(one, known).filter(({ label }) => label.toLowerCase().includes(low)).map((choice) => ({ field: one.name, value: choice.value, label: choice.label })));
  const status = /^[1-5]\d\d$/.test(low) ? [{ field: "status", value: low, label: low }] : [];
  return [...status, ...values, ...fields].slice(0, BOUND);
}

export const valid = (one: Field, value: string): boolean => (one.kind === "number" ? /^\d+(\.\d+)?$/.test(value) : value.length > 0 && value.length <= 128);
