import { describe, expect, test } from "vitest";
import type { ControlDocument } from "../api/control";
import { capWords, conditions, destinationText, fieldWords, freshName, inForce, keyChoices, modeOf, moved, ordered, parsePairs, parsePercents, problemFor, problemsAt, renamed, sampleOf, scopeWords, sharesOf, switchable, targetWords, tidy, withMode, without, withOne } from "./control";

const document: ControlDocument = { rules: [{ name: "a" }, { name: "b", shadow: true }, { name: "c", enabled: false }], limits: [{ name: "l", limit: 5, key: "*" }] };
const names = (of: ControlDocument) => of.rules?.map(({ name }) => name);

describe("changing the document", () => {
  test("one rule is replaced at its place, also under a new name", () => expect(names(withOne(document, "rules", "b", { name: "bb" }))).toEqual(["a", "bb", "c"]));
  test("a new one goes to the end", () => expect(names(withOne(document, "rules", null, { name: "d" }))).toEqual(["a", "b", "c", "d"]));
  test("one that somebody else removed comes back at the end", () => expect(names(withOne({ rules: [{ name: "a" }] }, "rules", "b", { name: "b" }))).toEqual(["a", "b"]));
  test("removed", () => expect(names(without(document, "rules", "b"))).toEqual(["a", "c"]));
  test("the document given stays as it was", () => expect(names(document)).toEqual(["a", "b", "c"]));
  test.each([[0, 2, "bca"], [2, 0, "cab"], [1, 1, "abc"], [0, 9, "bca"], [2, -4, "cab"]])("moved from %i to %i", (from, to, want) => expect(moved(["a", "b", "c"], from, to).join("")).toBe(want));
  test("an order that does not know a rule leaves it behind", () => expect(names(ordered(document, ["c", "a"]))).toEqual(["c", "a", "b"]));
  test("what says nothing is left out", () => expect(tidy({ name: "", when: { feature: "", model: "x" }, split: [], sticky: "", fallback: [{ provider: "", model: "m" }], cap: null, shadow: false })).toEqual({ name: "", when: { model: "x" }, fallback: [{ model: "m" }], shadow: false }));
  test("a fresh name is free", () => expect(freshName({ rules: [{ name: "rule 2" }] }, "rules", "rule")).toBe("rule 3"));
  test.each([["on", { name: "x" }], ["shadow", { name: "x", shadow: true }], ["off", { name: "x", enabled: false }]] as const)("mode %s", (mode, want) => {
    expect(withMode({ name: "x", enabled: false, shadow: true }, mode)).toEqual(want);
    expect(modeOf(want)).toBe(mode);
  });
});

describe("saying what it does", () => {
  test("conditions in one order", () => expect(conditions({ model: "m*", feature: "f" })).toEqual([["feature", "f"], ["model", "m*"]]));
  test.each([[undefined, "d"], ["gpt-5", "gpt-5"], ["gpt-*", "gpt-4o"], ["*haiku*", "claude-haiku"], ["x.(*", "x.("]])("a request that %j would catch", (pattern, want) => expect(sampleOf(pattern, ["claude-haiku", "gpt-4o"], "d")).toBe(want));
  test("weights become shares", () => expect(sharesOf([{ weight: 3 }, {}])).toEqual([0.75, 0.25]));
  test.each([[{}, "as asked"], [{ provider: "openai" }, "OpenAI"], [{ provider: "groq", model: "x" }, "Groq x"]])("%j", (to, want) => expect(destinationText(to)).toBe(want));
  test("scopes", () => {
    expect(scopeWords({ name: "", limit: 1 }, String)).toBe("all keys and features");
    expect(scopeWords({ name: "", limit: 1, key: "*", feature: "chat" }, String)).toBe("each org key, feature chat");
    expect(scopeWords({ name: "", limit: 1, key: "7" }, () => "prod-web")).toBe("org key prod-web");
  });
  test("keys are chosen by their names", () => {
    const keys = [{ id: 1, name: "prod-web" }, { id: 4, name: "prod-web" }, { id: 5, name: "12" }, { id: 6, name: "a*" }];
    const all: [string, string][] = [["prod-web", "prod-web"], ["5", "12"], ["6", "a*"]];
    expect(keyChoices(keys, undefined)).toEqual(all);
    expect(keyChoices(keys, "*")).toEqual(all);
    expect(keyChoices(keys, "prod-web")).toEqual(all);
    expect(keyChoices(keys, "1")).toEqual([...all, ["1", "prod-web, only key 1"]]);
    expect(keyChoices(keys, "9")).toEqual([...all, ["9", "key 9"]]);
    expect(keyChoices(keys, "later")).toEqual([...all, ["later", "later (no key has this name yet)"]]);
    expect(keyChoices(null, "later")).toEqual([["later", "later"]]);
  });
  test("at the cap", () => {
    expect(capWords({ name: "", cap: "500" })).toEqual({ verb: "Block", rest: "(402) at $500.00" });
    expect(capWords({ name: "", cap: "5", at_cap: "downgrade", downgrade: { "a*": "b" } })).toEqual({ verb: "Downgrade", rest: "a* to b at $5.00" });
    expect(capWords({ name: "", soft_cap: "5" }).verb).toBe("Alert");
  });
  test("versions in force", () => {
    const row = (version: number) => ({ id: "", version, started_at: "", seen_at: "", lags: version < 3, this: false });
    expect(inForce({ version: 3, rows: [row(3), row(2)] }, 3)).toBe("in force on 1 of 2 instances");
    expect(inForce({ version: 3, rows: [row(3)] }, 3)).toBe("in force on 1 of 1 instance");
    expect(inForce({ version: 3, rows: [row(3), { ...row(2), lags: false }] }, 3)).toBe("");
    expect(inForce(null, 3)).toBe("");
  });
});

describe("problems", () => {
  const problems = [{ field: "rules[1].split[0].provider", reason: "unknown" }, { field: "rules[10]", reason: "matches nothing" }];
  test("at a field", () => expect(problemFor(problems, "rules[1].split[0].provider")).toBe("unknown"));
  test("below a path, and not below one that only begins alike", () => {
    expect(problemsAt(problems, "rules[1]")).toHaveLength(1);
    expect(problemsAt(problems, "rules[10]")).toHaveLength(1);
  });
  test("in words", () => expect(fieldWords(document, "rules[1].split[0].provider")).toBe("rule “b”, split[0].provider"));
});

describe("typed", () => {
  test.each([["a = b\n c*→d ", { a: "b", "c*": "d" }], ["", {}], ["a", null], ["a =", null]])("%j", (text, want) => expect(parsePairs(text)).toEqual(want));
  test.each([["50, 80 95 %", [50, 80, 95]], ["", []], ["x", null], ["1.5", null]])("%j", (text, want) => expect(parsePercents(text)).toEqual(want));
});

const switched = { rules: [{ name: "chat", fallback: [{ model: "small" }] }, { name: "plain" }], latency_targets: [{ name: "quick", p95_ms: 2_500, switch_rule: "chat" }, { name: "all", ttfb_p95_ms: 800, window_min: 60 }] };
test("a target switches only a rule that has somewhere else to go, and follows it under a new name", () => {
  expect(switchable(switched)).toEqual(["chat"]);
  expect(renamed(switched, "chat", "talk").latency_targets?.map((one) => one.switch_rule)).toEqual(["talk", undefined]);
  expect([renamed(switched, null, "new"), renamed(switched, "chat", "chat"), renamed(switched, "plain", "bare")].every((one) => one === switched)).toBe(true);
});
test("targets in words, with problems and changes as of the others", () => {
  expect(switched.latency_targets.map(targetWords)).toEqual(["whole answer in 2.5\u2009s", "first byte in 800\u2009ms"]);
  expect(fieldWords(switched, "latency_targets[1].p95_ms")).toBe("latency target “all”, p95_ms");
  expect(without(switched, "latency_targets", "quick").latency_targets).toEqual([switched.latency_targets[1]]);
});
