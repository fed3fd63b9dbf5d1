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

// Series colours by feature: fixed by name, so that a feature keeps its colour. "untagged" is always grey.
export function seriesOf(feature: string | null): number {
  if (feature === null || feature === "untagged") return 0;
  let hash = 0;
  for (const letter of feature) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return 1 + (hash % 5);
}

const NAMES: Record<string, string> = {
  openai: "OpenAI", anthropic: "Anthropic", gemini: "Gemini", groq: "Groq", azure: "Azure", mistral: "Mistral", deepseek: "DeepSeek", xai: "xAI",
  openrouter: "OpenRouter", vllm: "vLLM", ollama: "Ollama", perplexity: "Perplexity", together: "Together", cohere: "Cohere", fireworks: "Fireworks",
};
export const providerName = (name: string | null): string => (name === null ? "no provider" : (NAMES[name] ?? name));
export const words = (name: string): string => name.replaceAll("_", " ");
