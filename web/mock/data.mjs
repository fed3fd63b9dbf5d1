// Made-up traffic of one org: the same on every start, but for what has happened since.
const DAY = 86_400_000;
export const NASTY = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0"];

export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

// provider, model, price in, price out, first byte ms, ms per token
const MODELS = {
  openai: [["gpt-5-mini", 0.25, 2, 420, 6], ["gpt-5", 1.25, 10, 700, 11], ["gpt-4.1-nano", 0.1, 0.4, 190, 3]],
  anthropic: [["claude-sonnet-5-5", 3, 15, 780, 12], ["claude-haiku-4-5", 1, 5, 430, 6]],
  groq: [["gpt-oss-120b", 0.15, 0.6, 130, 2]],
  gemini: [["gemini-3.1-flash-lite", 0.1, 0.4, 410, 4]],
  azure: [["gpt-4o-mini", null, null, 520, 7]],
};
// feature, share, provider and model, tokens in and out, task, key
const FEATURES = [
  ["chat", 46, "openai", 0, 1_300, 320, "generation", 1], ["summariser", 22, "anthropic", 0, 5_100, 380, "summarisation", 2], ["classifier", 15, "openai", 2, 390, 12, "classification", 1],
  ["onboarding", 6, "anthropic", 1, 900, 260, "generation", 1], ["search-rerank", 4, "groq", 0, 2_200, 40, "extraction", 3], [null, 4, "gemini", 0, 700, 200, null, 4],
  [NASTY[0], 1, "openai", 1, 1_000, 600, "reasoning", 3], [NASTY[1], 1, "azure", 0, 500, 150, null, 3], ["a-feature-with-a-name-of-one-hundred-characters-that-somebody-generated-from-a-ticket-title-0123456", 1, "openai", 0, 800, 90, "my own task", 2],
];
export const KEYS = [
  { id: 1, name: "prod-web", hint: "lc_key_…x91Q" }, { id: 2, name: "batch-worker", hint: "lc_key_…b07T" }, { id: 3, name: "staging", hint: "lc_key_…mm2A" }, { id: 4, name: "legacy-crm", hint: "lc_key_…9kPz" },
];

const hex = (value, digits) => Math.floor(value).toString(16).padStart(digits, "0");
const money = (value) => (value === 0 ? "0" : value.toFixed(9).replace(/0+$/, ""));
const stamp = (ms, roll) => `${new Date(ms).toISOString().slice(0, -1)}${String(Math.floor(roll() * 1_000)).padStart(3, "0")}Z`;

export function makeRow(ms, roll) {
  let pick = roll() * 100;
  const one = FEATURES.find(([, part]) => (pick -= part) < 0) ?? FEATURES[0];
  const [feature, , home, at, input, output, task, key_id] = one;
  const provider = home === "openai" && roll() < 0.03 ? "groq" : home;
  const [model, pin, pout, first, per] = MODELS[provider][Math.min(at, MODELS[provider].length - 1)];
  const wide = () => Math.exp((roll() + roll() + roll() - 1.5) * 0.9);
  const outage = ms % (7 * DAY) > 3.3 * DAY && ms % (7 * DAY) < 3.34 * DAY && provider === "openai";
  const failed = roll() < (outage ? 0.4 : 0.008);
  const streaming = feature === "chat" || (feature !== "classifier" && roll() < 0.5);
  const gone = !failed && streaming && roll() < 0.012;
  const status = failed ? [429, 500, 400, 529][Math.floor(roll() * 4)] : gone ? 499 : 200;
  const tokens_input = failed ? null : Math.round(input * wide());
  const tokens_output = failed ? null : Math.round(output * wide() * (gone ? 0.4 : 1));
  const ttfb_us = Math.round(first * 1_000 * wide());
  const measured = streaming && !failed && roll() < 0.35;
  const cached = provider === "openai" && tokens_input !== null && roll() < 0.4 ? Math.floor(tokens_input * 0.6) : 0;
  const exact = pin === null || failed ? null : ((tokens_input - cached) * pin + cached * pin * 0.1 + tokens_output * pout) / 1e6;
  const latency_us = failed ? Math.round(ttfb_us * 0.5) : ttfb_us + Math.round(tokens_output * per * 1_000 * (0.8 + 0.4 * roll()));
  const off = measured ? 0.06 : 0;
  const attempts = roll() < 0.01 ? 2 : 1;
  return {
    id: `${hex(ms, 12).slice(0, 8)}-${hex(ms, 12).slice(8)}-7${hex(roll() * 4096, 3)}-8${hex(roll() * 4096, 3)}-${hex(roll() * 2 ** 24, 6)}${hex(roll() * 2 ** 24, 6)}`,
    completed_at: stamp(ms, roll), key_id, key_name: KEYS[key_id - 1].name, provider, method: "POST", endpoint: provider === "anthropic" ? "/v1/messages" : "/v1/chat/completions",
    model_requested: model, model_actual: failed ? null : provider === "openai" ? `${model}-2026-04-14` : model, feature, task, rule: null,
    status, error_code: null, error_category: status === 429 ? "rate" : status === 400 ? "request" : failed ? "capacity" : null, error_source: failed ? "provider" : gone ? "client" : null,
    streaming, verdict: streaming && !failed ? (gone ? "client_gone" : "complete") : null, attempts, client_retry: failed && roll() < 0.3 ? 1 : 0, latency_us, ttfb_us: failed && status === 529 ? null : Math.min(ttfb_us, latency_us),
    bytes_in: Math.round((tokens_input ?? 200) * 4.2), bytes_out: Math.round((tokens_output ?? 40) * (streaming ? 120 : 5)),
    token_source: failed ? null : measured ? "measured" : "provider", tokens_input, tokens_output, tokens_output_low: measured ? Math.floor(tokens_output * 0.94) : null, tokens_output_high: measured ? Math.ceil(tokens_output * 1.06) : null,
    tokens_cached: failed ? null : cached, tokens_cache_write: null, tokens_reasoning: model === "gpt-5" && !failed ? Math.floor(tokens_output * 0.5) : null, tokens_audio: null,
    cost_source: failed ? null : pin === null ? "unknown_model" : "price_table", cost: exact === null ? null : money(exact), cost_low: exact === null ? null : money(exact * (1 - off)), cost_high: exact === null ? null : money(exact * (1 + off)), saved_high: gone && exact !== null ? money(exact * 1.4) : null,
    price_version: "builtin-2026-11-10", provider_request_id: `req_${hex(roll() * 2 ** 32, 8)}`, notes: roll() < 0.004 ? ["retried_stale"] : [],
  };
}

// Busier by day than by night, less at weekends.
export function history(days, perDay, now) {
  const roll = dice(7);
  const rows = [];
  for (let n = days * perDay; n > 0; --n) {
    const ms = now - (n * DAY) / perDay - roll() * 60_000;
    const hour = (ms % DAY) / 3_600_000;
    const weekend = [0, 6].includes(new Date(ms).getUTCDay()) ? 0.45 : 1;
    if (roll() < (0.25 + 0.75 * Math.exp(-(((hour - 14) / 4.5) ** 2))) * weekend) rows.push(makeRow(ms, roll));
  }
  rows.sort((a, b) => (a.completed_at < b.completed_at ? -1 : 1));
  return rows; // oldest first
}
