// Numbers and times as the house writes them. Pure. `none` stands where there is nothing to show.
export const none = "–";
const THIN = "\u2009";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (value: number | null): string => (value === null ? none : grouped.format(value));

// Tokens are counts, from a million "44.73 M".
export const tokens = (value: number | null): string => (value !== null && value >= 1e6 ? `${(value / 1e6).toFixed(2)}${THIN}M` : count(value));

export interface Quantity {
  value: string;
  unit: string;
}

const significant = (value: number, digits: number): string => (value === 0 ? "0" : value.toPrecision(digits));

// Three significant digits: 0.31 ms, 94 ms, 2.31 s; from a minute "4 min 12 s", from two days "3 d".
export function durationParts(us: number | null): Quantity {
  if (us === null) return { value: none, unit: "" };
  if (us < 1_000) return { value: significant(us / 1_000, 2), unit: "ms" };
  if (us < 999_500) return { value: String(us < 9_995 ? significant(us / 1_000, 3) : Math.round(us / 1_000)), unit: "ms" };
  if (us < 59_950_000) return { value: significant(us / 1e6, 3), unit: "s" };
  const seconds = Math.round(us / 1e6);
  if (seconds < 3600) return { value: `${Math.floor(seconds / 60)}${THIN}min ${seconds % 60}`, unit: "s" };
  if (seconds < 172_800) return { value: `${Math.floor(seconds / 3600)}${THIN}h ${Math.floor((seconds % 3600) / 60)}`, unit: "min" };
  return { value: String(Math.floor(seconds / 86_400)), unit: "d" };
}

export function duration(us: number | null): string {
  const { value, unit } = durationParts(us);
  return unit === "" ? value : `${value}${THIN}${unit}`;
}

// Exact decimal text in, house format out. From ten cents: cents, grouped; from one cent: four places; below: two significant digits. "no price" when
// it is not known, never $0.
export function money(decimal: string | null): string {
  if (decimal === null) return "no price";
  const negative = decimal.startsWith("-");
  const [whole = "0", fraction = ""] = decimal.replace("-", "").split(".");
  const sign = negative ? "−$" : "$";
  const zeros = fraction.search(/[1-9]/);
  if (/^0*$/.test(whole) && zeros < 0) return "$0";
  if (/^0*$/.test(whole) && zeros >= 2) return `${sign}${roundSmall(fraction, zeros)}`;
  const value = Number(`${whole}.${fraction}`);
  const places = value < 0.1 ? 4 : 2;
  return `${sign}${value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })}`;
}

// Digits after the point, the first that counts at `zeros`: rounded to two of them, by hand, since small doubles print as 4.3e-7.
function roundSmall(fraction: string, zeros: number): string {
  const kept = Number(fraction.slice(zeros, zeros + 2).padEnd(2, "0")) + (Number(fraction[zeros + 2] ?? "0") >= 5 ? 1 : 0);
  const places = kept === 100 ? zeros + 1 : zeros + 2;
  const digits = String(kept === 100 ? 10 : kept).padStart(2, "0");
  return `0.${"0".repeat(places - 2)}${digits}`;
}

export const share = (part: number, whole: number): string => {
  if (whole === 0) return none;
  const percent = (100 * part) / whole;
  return `${percent.toFixed(percent > 0 && percent < 1 ? 2 : 1)}${THIN}%`;
};

export function bytes(value: number): string {
  if (value < 1_000) return `${value}${THIN}B`;
  const units = ["kB", "MB", "GB", "TB"];
  let scaled = value / 1_000;
  let step = 0;
  while (scaled >= 999.5 && step < units.length - 1) {
    scaled /= 1_000;
    ++step;
  }
  return `${scaled.toFixed(1)}${THIN}${units[step]}`;
}

// Times are UTC: the text of the API is cut, not parsed, so that microseconds survive and no zone sneaks in.
export const clock = (time: string): string => time.slice(11, 19);
export const millis = (time: string): string => time.slice(19, 23);
export const minute = (time: string): string => time.slice(11, 16);

export function day(time: string): string {
  return new Date(time).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).replace(",", "");
}

// "12.4" req/min: three significant digits, never more than one place.
export function rate(requests: number, seconds: number): string {
  const perMinute = (requests * 60) / seconds;
  if (perMinute === 0) return "0";
  if (perMinute < 0.1) return "< 0.1";
  return perMinute < 100 ? perMinute.toFixed(1) : grouped.format(perMinute);
}

// A change against the span before: "↑ 6.1 %", shares in points. Nothing to compare with: null.
export interface Change {
  text: string;
  direction: -1 | 0 | 1; // 0: too little to call it one
}
const arrow = (difference: number): Change["direction"] => (difference > 0 ? 1 : difference < 0 ? -1 : 0);
const ARROWS = { "-1": "↓ ", 0: "", 1: "↑ " } as const;
export function change(now: number | null, before: number | null): Change | null {
  if (now === null || before === null || before === 0) return null;
  const percent = (100 * (now - before)) / before;
  const size = Math.abs(percent);
  if (size >= 9_900) return { text: "new", direction: 0 }; // hardly anything was there before
  const text = size >= 1_000 ? `×${THIN}${(now / before).toFixed(0)}` : `${size.toFixed(size < 100 ? 1 : 0)}${THIN}%`;
  if (text === `0.0${THIN}%`) return { text: "same", direction: 0 };
  return { text: ARROWS[arrow(percent)] + text, direction: size < 1 ? 0 : arrow(percent) };
}
export function changeOfShare(now: number | null, before: number | null): Change | null {
  if (now === null || before === null) return null;
  const points = 100 * (now - before);
  const text = `${Math.abs(points).toFixed(Math.abs(points) < 1 ? 2 : 1)}${THIN}pp`;
  if (Math.abs(points) < 0.005) return { text: "same", direction: 0 };
  return { text: ARROWS[arrow(points)] + text, direction: Math.abs(points) < 0.1 ? 0 : arrow(points) };
}
export function changeOfTime(now_us: number | null, before_us: number | null): Change | null {
  if (now_us === null || before_us === null) return null;
  const by = now_us - before_us;
  if (by === 0) return { text: "same", direction: 0 };
  return { text: ARROWS[arrow(by)] + duration(Math.abs(by)), direction: Math.abs(by) < 0.01 * before_us ? 0 : arrow(by) };
}

// For drawing, and for rates worked out of exact sums: from here on a double will do.
export const dollars = (value: number): string => money(value.toFixed(12));
export const perCent = (ratio: number | null): string => (ratio === null ? none : share(ratio, 1));
// Ticks of a money axis: as many places as the distance of the ticks needs.
export function moneyTick(value: number, step: number): string {
  if (value === 0) return "$0";
  let places = Number.isInteger(step) ? 0 : 2;
  while (places < 12 && Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) > 1e-6) ++places;
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })}`;
}
export function countTick(value: number): string {
  if (value >= 1e9) return `${value / 1e9}${THIN}G`;
  if (value >= 1e6) return `${value / 1e6}${THIN}M`;
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

// "Thu 19 Nov, 14:29 UTC"; relative times only stand beside.
export const stamp = (time: string): string => `${day(time)}, ${minute(time)}`;
export const date = (time: string | null): string => (time === null ? none : new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }));
export function ago(time: string, now_ms: number): string {
  const past = now_ms - Date.parse(time);
  const seconds = Math.round(Math.abs(past) / 1_000);
  const size = seconds < 60 ? `${seconds}${THIN}s` : seconds < 3_600 ? `${Math.floor(seconds / 60)}${THIN}min` : seconds < 172_800 ? `${Math.floor(seconds / 3_600)}${THIN}h` : `${Math.floor(seconds / 86_400)}${THIN}d`;
  return past >= 0 ? `${size} ago` : `in ${size}`;
}

const NAMES: Record<string, string> = {
  openai: "OpenAI", anthropic: "Anthropic", gemini: "Gemini", groq: "Groq", azure: "Azure", mistral: "Mistral", deepseek: "DeepSeek", xai: "xAI",
  openrouter: "OpenRouter", vllm: "vLLM", ollama: "Ollama", perplexity: "Perplexity", together: "Together", cohere: "Cohere", fireworks: "Fireworks", cerebras: "Cerebras",
};
export const providerName = (name: string | null): string => (name === null ? "no provider" : (NAMES[name] ?? name));
export const words = (name: string): string => name.replaceAll("_", " ");
