// The arithmetic of charts: ticks, stacks, rates, steps. Pure; times are seconds since 1970, UTC.

// Round ticks from 0 to at least `max`: about `parts` of them above zero.
export function ticks(max: number, parts = 4, least_step = 0): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = Math.max(max / parts, least_step);
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * scale >= rough * 0.999) ?? 10) * scale;
  const found: number[] = [];
  for (let n = 0; n === 0 || (n - 1) * step < max * 0.9999; ++n) found.push(Number((n * step).toPrecision(12)));
  return found;
}

const MIN = 60;
const HOUR = 3_600;
const DAY = 86_400;
const GAPS = [MIN, 5 * MIN, 10 * MIN, 15 * MIN, 30 * MIN, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];
// Round times in between, at most `most`.
export function timeTicks(from: number, to: number, most: number): number[] {
  const gap = GAPS.find((seconds) => (to - from) / seconds <= Math.max(1, most)) ?? 28 * DAY;
  const found: number[] = [];
  for (let at = Math.ceil(from / gap) * gap; at <= to; at += gap) found.push(at);
  return found;
}

const part = (seconds: number, options: Intl.DateTimeFormatOptions): string => new Date(seconds * 1_000).toLocaleDateString("en-GB", { ...options, timeZone: "UTC" }).replace(",", "");
export const hourOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 16);
export const dateOf = (seconds: number): string => part(seconds, { day: "numeric", month: "short" });
export const weekdayOf = (seconds: number): string => part(seconds, { weekday: "short", day: "numeric" });
// The time, with the day at each midnight and at the first tick; whole days by their date.
export function timeLabels(at: readonly number[]): string[] {
  const days = at.length > 1 && ((at[1] as number) - (at[0] as number)) % DAY === 0;
  return at.map((seconds, n) => (days ? dateOf(seconds) : seconds % DAY === 0 || n === 0 ? `${part(seconds, { weekday: "short" })} ${hourOf(seconds)}` : hourOf(seconds)));
}

export function stepWords(seconds: number): string {
  if (seconds % DAY === 0) return seconds === DAY ? "1 day steps" : `${seconds / DAY} day steps`;
  if (seconds % HOUR === 0) return `${seconds / HOUR} h steps`;
  return seconds % MIN === 0 ? `${seconds / MIN} min steps` : `${seconds} s steps`;
}

// "Thu 10:45 to 11:00", "19 Nov"
export function bucketWords(start: number, step: number): string {
  if (step % DAY === 0) return step === DAY ? weekdayOf(start) : `${dateOf(start)} to ${dateOf(start + step - 1)}`;
  return `${part(start, { weekday: "short" })} ${hourOf(start)} to ${hourOf(start + step)}`;
}

// How many seconds of a bucket lie in the range: the first and the last are often cut.
export const covered = (start: number, step: number, from: number, to: number): number => Math.max(1, Math.min(start + step, to) - Math.max(start, from));

// Each layer on top of the ones before. Nothing counts as zero.
export function stack(layers: readonly (readonly (number | null)[])[]): number[][] {
  const sums: number[][] = [];
  for (const layer of layers) {
    const below = sums[sums.length - 1];
    sums.push(layer.map((value, n) => (value ?? 0) + (below?.[n] ?? 0)));
  }
  return sums;
}

export const largest = (lines: readonly (readonly (number | null)[])[]): number => lines.reduce((most, line) => line.reduce<number>((top, value) => (value !== null && value > top ? value : top), most), 0);

// Fewer requests make no percentile.
export const ENOUGH = 20;
export const percentiles = (values: readonly (number | null)[], requests: readonly number[]): (number | null)[] => values.map((value, n) => ((requests[n] ?? 0) < ENOUGH ? null : value));

const STEPS = [MIN, 5 * MIN, 15 * MIN, 30 * MIN, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
// The finest step at which a bucket holds enough requests for a percentile, on average twice over; never finer than `at_least`.
export function stepFor(requests: number, range_s: number, at_least: number): number {
  const wanted = requests > 0 ? (2 * ENOUGH * range_s) / requests : at_least;
  return STEPS.find((step) => step >= at_least && step >= wanted) ?? Math.max(at_least, Math.min(DAY, range_s));
}

// Parts of a whole in percent with one place that add up to 100.0 (largest remainder).
export function shares(parts: readonly number[]): number[] {
  const whole = parts.reduce((sum, value) => sum + value, 0);
  if (!(whole > 0)) return parts.map(() => 0);
  const exact = parts.map((value) => (1_000 * value) / whole);
  const floors = exact.map(Math.floor);
  const left = 1_000 - floors.reduce((sum, value) => sum + value, 0);
  const order = exact.map((value, n) => [value - Math.floor(value), n] as const).sort((a, b) => b[0] - a[0]);
  for (const [, n] of order.slice(0, left)) floors[n] = (floors[n] as number) + 1;
  return floors.map((value) => value / 10);
}

// A sparkline has room for few points: means of neighbours. A gap is where all of them are.
const SPARK_POINTS = 36;
export function thinned(values: readonly (number | null)[], most = SPARK_POINTS): (number | null)[] {
  const size = Math.ceil(values.length / most);
  if (size <= 1) return [...values];
  const found: (number | null)[] = [];
  for (let at = 0; at < values.length; at += size) {
    const given = values.slice(at, at + size).filter((value) => value !== null);
    found.push(given.length === 0 ? null : given.reduce((sum, value) => sum + value, 0) / given.length);
  }
  return found;
}

// A sparkline's path in a box of width × height, 2 px air around; gaps stay gaps.
export function sparkPath(values: readonly (number | null)[], width: number, height: number): { path: string; last: [number, number] | null } {
  const most = Math.max(...values.map((value) => value ?? 0), 0);
  const air = 3;
  const x = (n: number) => (values.length < 2 ? width / 2 : 2 + (n * (width - 2 * air)) / (values.length - 1));
  const y = (value: number) => (most > 0 ? height - air - (value * (height - 2 * air)) / most : height - air);
  let path = "";
  let pen = false;
  let last: [number, number] | null = null;
  values.forEach((value, n) => {
    if (value === null) {
      pen = false;
      return;
    }
    last = [Number(x(n).toFixed(1)), Number(y(value).toFixed(1))];
    path += `${pen ? "L" : "M"}${last[0]} ${last[1]}`;
    pen = true;
  });
  return { path, last };
}
