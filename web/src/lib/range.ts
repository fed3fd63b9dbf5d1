// Spans of time: the ones to choose from, and a span of one's own. UTC. Pure.
export const PRESETS = ["15m", "1h", "6h", "24h", "7d", "30d", "90d"] as const;
export type Preset = (typeof PRESETS)[number];
export interface Span {
  from: string; // RFC 3339
  to: string;
}
export type Range = Preset | Span;

const SECONDS: Record<Preset, number> = { "15m": 900, "1h": 3_600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000, "90d": 7_776_000 };
export const PRESET_WORDS: Record<Preset, string> = { "15m": "15 min", "1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d" };

export const isPreset = (range: Range): range is Preset => typeof range === "string";
export const endsNow = isPreset;
export const seconds = (range: Range): number => (isPreset(range) ? SECONDS[range] : Math.max(1, (Date.parse(range.to) - Date.parse(range.from)) / 1_000));

// What the API is asked. A preset ends at the server's now, so two clocks need not agree.
export const rangeQuery = (range: Range): Record<string, string> => (isPreset(range) ? { window: range } : { from: range.from, to: range.to });

// "24h" or "2026-11-19T10:00Z/2026-11-19T14:30Z"; anything else is nothing.
export function parseRange(text: string | null): Range | null {
  if (text === null) return null;
  if ((PRESETS as readonly string[]).includes(text)) return text as Preset;
  const [from, to, more] = text.split("/");
  const [start, end] = [Date.parse(from ?? ""), Date.parse(to ?? "")];
  if (more !== undefined || Number.isNaN(start) || Number.isNaN(end) || start >= end) return null;
  return span(start, end);
}

export const rangeText = (range: Range): string => (isPreset(range) ? range : `${short(range.from)}/${short(range.to)}`);
const short = (time: string): string => time.replace(/(:00)?\.0+Z$/, "Z").replace(/^(.{16}):00Z$/, "$1Z");

export const span = (start_ms: number, end_ms: number): Span => ({ from: new Date(start_ms).toISOString(), to: new Date(end_ms).toISOString() });

const stamp = (time: string): string => new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
export function rangeWords(range: Range): string {
  if (isPreset(range)) return PRESET_WORDS[range];
  const [a, b] = [range.from.slice(11, 16), range.to.slice(11, 16)];
  const sameDay = range.from.slice(0, 10) === range.to.slice(0, 10);
  return sameDay ? `${stamp(range.from)}, ${a} to ${b}` : `${stamp(range.from)} ${a} to ${stamp(range.to)} ${b}`;
}

// How long it is: "24 h", "11 h 7 min". For "in …" and "the … before".
export function lengthWords(range: Range): string {
  if (isPreset(range)) return PRESET_WORDS[range];
  const minutes = Math.max(1, Math.round(seconds(range) / 60));
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 2_880) return `${Number((minutes / 1_440).toFixed(1))} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Datetime fields know no zone; ours is UTC.
export const toField = (time: string): string => time.slice(0, 16);
export const fromField = (text: string): number => Date.parse(`${text}Z`);
