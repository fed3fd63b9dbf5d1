// Where the parts of a usage bar lie, in percent of its width. Pure. The bar may pass the cap: it reaches a little beyond whatever is largest.
export interface Usage {
  spent: number;
  held?: number;
  cap: number | null;
  soft?: readonly number[];
  projected?: number | null;
  low?: number | null;
  high?: number | null;
}
export interface UsageBar {
  track: number; // where the track ends: at the cap
  spent: number;
  held: [from: number, width: number] | null;
  band: [from: number, width: number] | null;
  projection: [from: number, to: number] | null;
  soft: number[];
  cap: number | null;
}
const ROOM = 1.12;

export function usageBar({ spent, held = 0, cap, soft = [], projected = null, low = null, high = null }: Usage): UsageBar {
  const most = Math.max(spent + held, projected ?? 0, high ?? 0, ...soft.filter((one) => one > 0), 0);
  const end = Math.max(cap === null ? most * ROOM : cap * ROOM, most * 1.02) || 1;
  const round = (percent: number) => Math.round(100 * percent) / 100;
  const at = (value: number) => round((100 * Math.max(0, value)) / end);
  const now = at(spent);
  const future = projected !== null && projected > spent + held;
  return {
    track: cap === null ? 100 : at(cap),
    spent: now,
    held: held > 0 ? [now, Math.max(0.4, round(at(spent + held) - now))] : null,
    band: low !== null && high !== null && high > low ? [at(low), Math.max(0.4, round(at(high) - at(low)))] : null,
    projection: future ? [at(spent + held), at(projected as number)] : null,
    soft: soft.filter((one) => one > 0 && one !== cap).map(at),
    cap: cap === null ? null : at(cap),
  };
}
