// Pure: changing the control document, and saying what it does. A document is never changed in place.
import type { Budget, Channel, ControlDocument, Destination, Instances, LatencyTarget, Limit, Match, Period, Problem, Rule, Switched } from "../api/control";
import { money, providerName } from "./format";

export type Kind = "rules" | "limits" | "budgets" | "latency_targets" | "alerts";
type Of<K extends Kind> = K extends "rules" ? Rule : K extends "limits" ? Limit : K extends "budgets" ? Budget : K extends "alerts" ? Channel : LatencyTarget;
// What one of them is called.
export const oneOf: Record<Kind, string> = { rules: "rule", limits: "limit", budgets: "budget", latency_targets: "latency target", alerts: "alert channel" };

export const listed = <K extends Kind>(document: ControlDocument, kind: K): Of<K>[] => (document[kind] ?? []) as Of<K>[];
export const isOn = (one: Switched): boolean => one.enabled !== false;
export const modeOf = (one: Switched): Mode => (!isOn(one) ? "off" : one.shadow ? "shadow" : "on");
export type Mode = "on" | "shadow" | "off";
export function withMode<T extends Switched>(one: T, mode: Mode): T {
  const { enabled: _on, shadow: _shadow, ...rest } = one;
  return { ...rest, ...(mode === "off" ? { enabled: false } : {}), ...(mode === "shadow" ? { shadow: true } : {}) } as T;
}

// Where an entry of this name is, and where it goes: its place if it is still there, else the end.
export function placeOf(document: ControlDocument, kind: Kind, name: string | null): number {
  const list = listed(document, kind);
  const at = name === null ? -1 : list.findIndex((one) => one.name === name);
  return at < 0 ? list.length : at;
}
export function withOne<K extends Kind>(document: ControlDocument, kind: K, name: string | null, one: Of<K>): ControlDocument {
  const list: unknown[] = [...listed(document, kind)];
  list[placeOf(document, kind, name)] = tidy(one);
  return { ...document, [kind]: list };
}
export const without = (document: ControlDocument, kind: Kind, name: string): ControlDocument => ({ ...document, [kind]: listed(document, kind).filter((one) => one.name !== name) });
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(Math.max(0, Math.min(to, next.length)), 0, one);
  return next;
}
// Rules in the order of these names; what the list does not name stays behind in its order.
export function ordered(document: ControlDocument, names: readonly string[]): ControlDocument {
  const rank = new Map(names.map((name, n) => [name, n]));
  return { ...document, rules: [...listed(document, "rules")].sort((a, b) => (rank.get(a.name) ?? names.length) - (rank.get(b.name) ?? names.length)) };
}

// Without members that say nothing: empty text, empty lists, null.
export function tidy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(tidy) as T;
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).map(([name, one]) => [name, tidy(one)] as const).filter(([name, one]) => name === "name" || !(one === null || one === undefined || one === "" || (Array.isArray(one) && one.length === 0) || (typeof one === "object" && !Array.isArray(one) && Object.keys(one as object).length === 0)));
  return Object.fromEntries(kept) as T;
}

export function freshName(document: ControlDocument, kind: Kind, stem: string): string {
  const taken = new Set(listed(document, kind).map((one) => one.name));
  for (let n = taken.size + 1; ; ++n) if (!taken.has(`${stem} ${n}`)) return `${stem} ${n}`;
}

export const conditions = (when: Match | undefined): [field: keyof Match, value: string][] => (["feature", "task", "provider", "model"] as const).flatMap((field) => (when?.[field] ? [[field, when[field] as string]] : []));
// A value that a condition would catch: one that was seen, else the pattern itself without its stars.
export function sampleOf(pattern: string | undefined, seen: readonly string[], otherwise = ""): string {
  if (!pattern) return otherwise;
  const matches = new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "s");
  return pattern.includes("*") ? (seen.find((one) => matches.test(one)) ?? pattern.replaceAll("*", "")) : pattern;
}
export const sharesOf = (split: readonly Destination[]): number[] => {
  const sum = split.reduce((all, one) => all + (one.weight ?? 1), 0);
  return split.map((one) => (sum > 0 ? (one.weight ?? 1) / sum : 0));
};
export const destinationText = (to: Destination): string => [to.provider ? providerName(to.provider) : "", to.model ?? ""].filter(Boolean).join(" ") || "as asked";

export const problemsAt = (problems: readonly Problem[], path: string): Problem[] => problems.filter(({ field }) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`));
export const problemFor = (problems: readonly Problem[], path: string): string | null => problems.find(({ field }) => field === path)?.reason ?? null;
// "rules[2].split[0].provider" -> "rule 'chat', split[0].provider"
export function fieldWords(document: ControlDocument, field: string): string {
  const found = /^(rules|limits|budgets|latency_targets|alerts)\[(\d+)\]\.?(.*)$/.exec(field);
  if (!found) return field;
  const [, kind, at, rest] = found as unknown as [string, Kind, string, string];
  const name = listed(document, kind)[Number(at)]?.name ?? at;
  return `${oneOf[kind]} “${name}”${rest ? `, ${rest}` : ""}`;
}
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.?$/, ".");

const KINDS = { requests: "requests/min", tokens: "tokens/min", streams: "streams at once" } as const;
export const limitUnit = (limit: Pick<Limit, "kind">): string => KINDS[limit.kind ?? "requests"];
// "each key of feature chat"
export function scopeWords(limit: Limit, keyName: (id: string) => string): string {
  const each = (["key", "feature", "model"] as const).filter((field) => limit[field] === "*").map((field) => `each ${field === "key" ? "org key" : field}`);
  const only = (["key", "feature", "model"] as const).filter((field) => limit[field] && limit[field] !== "*").map((field) => `${field === "key" ? "org key" : field} ${field === "key" ? keyName(limit.key as string) : (limit[field] as string)}`);
  return [...each, ...only].join(", ") || "all keys and features";
}
// What a limit can say of keys: their names, which hold on every gateway and for the key that replaces one. By its id only a key whose name would be
// read as something else. `keys`: those in force; null: not read yet.
export function keyChoices(keys: readonly { id: number; name: string }[] | null, chosen: string | undefined): [value: string, words: string][] {
  const anId = (text: string) => /^[1-9]\d*$/.test(text);
  const choices = new Map((keys ?? []).map(({ id, name }) => (anId(name) || name.includes("*") ? [String(id), name] : [name, name])));
  if (chosen && chosen !== "*" && !choices.has(chosen)) {
    const one = keys?.find(({ id }) => String(id) === chosen);
    choices.set(chosen, one ? `${one.name}, only key ${chosen}` : anId(chosen) ? `key ${chosen}` : keys ? `${chosen} (no key has this name yet)` : chosen);
  }
  return [...choices];
}
// "P95 of whole answers in 2.5 s, first byte in 800 ms"
const wait = (ms: number): string => (ms >= 1_000 ? `${ms / 1_000}\u2009s` : `${ms}\u2009ms`);
export const targetWords = (target: LatencyTarget): string => [target.p95_ms ? `whole answer in ${wait(target.p95_ms)}` : "", target.ttfb_p95_ms ? `first byte in ${wait(target.ttfb_p95_ms)}` : ""].filter(Boolean).join(", ");
// Rules that a missed target can switch: they need somewhere else to go.
export const switchable = (document: ControlDocument): string[] => listed(document, "rules").filter((rule) => (rule.fallback ?? []).length > 0).map(({ name }) => name);
// A rule under a new name: the targets that switch it follow. One that is deleted is not let go unseen: the server says who needs it.
export const renamed = (document: ControlDocument, from: string | null, to: string): ControlDocument => {
  const targets = listed(document, "latency_targets");
  if (from === null || from === to || !targets.some((one) => one.switch_rule === from)) return document;
  return { ...document, latency_targets: targets.map((one) => (one.switch_rule === from ? { ...one, switch_rule: to } : one)) };
};
export const periodWords: Record<Period, string> = { day: "day", week: "week from Monday", month: "month" };
export function capWords(budget: Budget): { verb: string; rest: string } {
  if (!budget.cap) return { verb: "Alert", rest: "only; nothing is blocked" };
  const amount = money(budget.cap);
  if ((budget.at_cap ?? "block") === "block") return { verb: "Block", rest: `(402) at ${amount}` };
  const pairs = Object.entries(budget.downgrade ?? {}).map(([from, to]) => `${from} to ${to}`);
  return { verb: "Downgrade", rest: `${pairs.length > 2 ? `${pairs.slice(0, 2).join(", ")} and ${pairs.length - 2} more` : pairs.join(", ")} at ${amount}` };
}

// "gpt-4o = gpt-4o-mini" a line, as people type it; null: a line that is not a pair.
export function parsePairs(text: string): Record<string, string> | null {
  const pairs = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => line.split(/\s*(?:=|→|->)\s*/));
  return pairs.every((pair) => pair.length === 2 && pair[0] && pair[1]) ? Object.fromEntries(pairs as [string, string][]) : null;
}
export const pairsText = (pairs: Record<string, string> | undefined): string => Object.entries(pairs ?? {}).map(([from, to]) => `${from} = ${to}`).join("\n");
// Percents as people type them: "50, 80 95". null: not numbers.
export function parsePercents(text: string): number[] | null {
  const all = text.split(/[\s,%]+/).filter(Boolean).map(Number);
  return all.every((one) => Number.isInteger(one)) ? all : null;
}

// "in force on 2 of 2 instances"
export function inForce(instances: Instances | null, version: number): string {
  if (!instances || instances.rows.length === 0 || instances.version < version) return ""; // not asked since
  const on = instances.rows.filter((one) => one.version >= version).length;
  if (on < instances.rows.length && !instances.rows.some((one) => one.lags)) return ""; // they tell every second or so; one that lags is named
  return `in force on ${on} of ${instances.rows.length} instance${instances.rows.length === 1 ? "" : "s"}`;
}
