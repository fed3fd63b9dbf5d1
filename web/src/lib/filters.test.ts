import { describe, expect, test } from "vitest";
import type { Dimensions, RequestRow } from "../api/types";
import { choices, field, forSums, listOnly, matches, suggest, type Field } from "./filters";

const row = {
  id: "1", completed_at: "2026-11-19T14:00:00.000000Z", key_id: 3, provider: "openai", method: "POST", endpoint: "/v1/chat/completions", model_requested: "gpt-5", model_actual: "gpt-5-2026-01-01",
  feature: null, task: "reasoning", rule: null, status: 429, error_code: null, error_category: "rate", error_source: "provider", streaming: true, verdict: "complete", attempts: 2, client_retry: 0,
  latency_us: 1_500_000, ttfb_us: 300_000, tokens_input: 100, tokens_output: 20, cost: "0.02", token_source: "measured", cost_source: "price_table", notes: ["retried_stale"],
} as unknown as RequestRow;
const known: Dimensions = { providers: ["openai"], models: ["gpt-5", "gpt-5-mini"], features: ["chat", "<script>alert(1)</script>"], tasks: ["reasoning"], keys: [{ id: 3, name: "prod-web" }] };

describe("matches", () => {
  test.each([
    [{}, true], [{ feature: "untagged" }, true], [{ feature: "chat" }, false], [{ model: "gpt-5" }, true], [{ model: "gpt-5-2026-01-01" }, true], [{ model: "gpt-5-mini" }, false],
    [{ key: "3" }, true], [{ key: "4" }, false], [{ status_class: "4" }, true], [{ status_class: "2" }, false], [{ status: "429" }, true], [{ errors: "true" }, true], [{ errors: "false" }, false],
    [{ streaming: "true" }, true], [{ streaming: "false" }, false], [{ verdict: "complete" }, true], [{ note: "retried_stale" }, true], [{ note: "provider_unknown" }, false],
    [{ min_latency_ms: "1500" }, true], [{ min_latency_ms: "1501" }, false], [{ max_latency_ms: "1499" }, false], [{ min_tokens: "120" }, true], [{ min_tokens: "121" }, false],
    [{ min_attempts: "2" }, true], [{ min_cost: "0.03" }, false], [{ provider: "openai", status: "500" }, false], [{ rule: "x" }, false],
  ] as [Record<string, string>, boolean][])("%o: %s", (filters, want) => expect(matches(row, filters)).toBe(want));
});

test("sums know the dimensions, the list knows all", () => {
  expect(forSums({ feature: "chat", verdict: "stalled" })).toEqual({ feature: "chat" });
  expect(listOnly({ feature: "chat", verdict: "stalled" })).toEqual(["verdict"]);
});

describe("suggest", () => {
  test("nothing typed: every field", () => expect(suggest("", known).length).toBeGreaterThan(15));
  test("a field by its beginning", () => expect(suggest("feat", known)[0]).toEqual({ field: "feature", value: null, label: "" }));
  test("a value of any dimension", () => expect(suggest("mini", known)[0]).toEqual({ field: "model", value: "gpt-5-mini", label: "gpt-5-mini" }));
  test("values of one field", () => expect(suggest("model=gpt", known).map(({ value }) => value)).toEqual(["gpt", "gpt-5", "gpt-5-mini"]));
  test("a key by its name", () => expect(suggest("key=prod", known)).toEqual([{ field: "key", value: "3", label: "prod-web" }]));
  test("a status alone", () => expect(suggest("429", known)[0]).toEqual({ field: "status", value: "429", label: "429" }));
  test("a number is a number", () => expect(suggest("latency from=abc", known)).toEqual([]));
  test("words of the label", () => expect(suggest("latency from=5000", known)[0]).toEqual({ field: "min_latency_ms", value: "5000", label: "5000" }));
  test("text is text", () => expect(suggest("<script", known)[0]?.label).toBe("<script>alert(1)</script>"));
  test("an unknown field offers nothing", () => expect(suggest("colour=red", known)).toEqual([]));
});
test("choices read like words", () => expect(choices(field("verdict") as Field, null).map(({ label }) => label)).toContain("client gone"));
