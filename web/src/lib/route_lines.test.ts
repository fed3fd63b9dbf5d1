import { expect, test } from "vitest";
import { routeLines } from "./route_lines";

test("nothing is known: nothing is shown", () => expect([routeLines(null), routeLines(undefined), routeLines({})]).toEqual([[], [], []]));
test("shadow, rule, targets in order", () =>
  expect(routeLines({ rule: "chat", shadow: "other", targets: [{ provider: "groq", model: "llama", outcome: "503", ms: 35 }, { provider: "openai", model: "gpt-4o", outcome: "200", ms: 200 }] })).toEqual([
    { mark: "–", text: "other", result: "would match, in shadow" }, { mark: "✓", text: "chat", result: "took it" },
    { mark: "✕", text: "Groq llama", result: "503, 35\u2009ms", span: { from: 0, ms: 35 } }, { mark: "→", text: "OpenAI gpt-4o", result: "200, 200\u2009ms", span: { from: 35, ms: 200 } },
  ]));
test("what could not be used, and what was not kept", () =>
  expect(routeLines({ rule: "chat", note: "model_not_replaceable", cut: true, targets: [{ provider: "azure", model: null, outcome: "no_credential", ms: null }] }).map(({ mark, text, result }) => [mark, text, result])).toEqual([
    ["✓", "chat", "took it"], ["✕", "Azure", "no key, unless the client sends one"], ["–", "the model can't be replaced there", ""], ["–", "and more, which was not kept", ""],
  ]));
test("no rule", () => expect(routeLines({ rule: null, targets: [] })).toEqual([{ mark: "–", text: "No rule", result: "passed unchanged" }]));
test("what limits and budgets did, or would have done", () => {
  const lines = (holds: NonNullable<Parameters<typeof routeLines>[0]>["holds"], rule: string | null = null) => routeLines({ rule, switched: rule !== null, holds, targets: [] }).map(({ mark, text, result }) => [mark, text, result]);
  expect(lines([{ kind: "limit", name: "per key", outcome: "refused" }])).toEqual([["✕", "Limit per key", "refused it"]]);
  expect(lines([{ kind: "budget", name: "month", outcome: "downgraded" }, { kind: "limit", name: "new", outcome: "would_refuse" }], "chat")).toEqual([
    ["✓", "chat", "took it"], ["–", "Latency target missed", "fallbacks first"], ["✓", "Budget month", "asked a cheaper model"], ["–", "Limit new", "would refuse, in shadow"],
  ]);
  expect(lines([{ kind: "budget", name: "day", outcome: "would_downgrade" }])).toEqual([["–", "No rule", "passed unchanged"], ["–", "Budget day", "would ask a cheaper model, in shadow"]]);
});
