import { describe, expect, test } from "vitest";
import { compareDocuments, diffLines, folded, toLines } from "./diff";

const rule = (name: string, more = {}) => ({ name, when: { feature: name }, split: [{ model: "gpt-4o-mini", weight: 3 }, { provider: "groq" }], ...more });

describe("lines", () => {
  test("a document reads like YAML", () => {
    expect(toLines({ time_zone: "UTC", rules: [rule("chat", { enabled: false })], budgets: [{ name: "day", cap: "11", alert_percent: [50, 80] }], limits: [] })).toEqual([
      "time_zone: UTC", "rules:", "  - name: chat", "    when:", "      feature: chat", "    split:", "      - model: gpt-4o-mini", "        weight: 3", "      - provider: groq", "    enabled: false",
      "budgets:", "  - name: day", '    cap: "11"', "    alert_percent: [50, 80]", "limits: []",
    ]);
  });
  test.each([["true", '"true"'], ["No", '"No"'], ["a:", '"a:"'], ["x y", "x y"], ["<script>", '"<script>"'], ["a: b", '"a: b"'], ["", '""'], ["gpt-4o*", '"gpt-4o*"'], [null, "null"], [1.5, "1.5"]])("%j is written so that it can't be misread", (value, text) => expect(toLines(value)).toEqual([text]));
});

describe("diff", () => {
  test("before the first version there was not a line", () => {
    const diff = compareDocuments({}, { rules: [rule("a")] });
    expect([diff?.removed, diff?.rows.every((row) => row.kind === "add")]).toEqual([0, true]);
  });
  test("nothing changed", () => {
    const diff = compareDocuments({ rules: [rule("a")] }, { rules: [rule("a")] });
    expect([diff?.added, diff?.removed, diff?.rows.every((row) => row.kind === "same")]).toEqual([0, 0, true]);
  });
  test("a changed line marks its words, with both numbers", () => {
    const diff = compareDocuments({ rules: [rule("a", { enabled: true })] }, { rules: [rule("a", { enabled: false })] });
    expect(diff?.rows.at(-1)).toEqual({ kind: "change", before: { line: 9, pieces: [{ text: "    enabled: ", marked: false }, { text: "true", marked: true }] }, after: { line: 9, pieces: [{ text: "    enabled: ", marked: false }, { text: "false", marked: true }] } });
  });
  test("a rule added in the middle adds only its lines", () => {
    const diff = compareDocuments({ rules: [rule("a"), rule("c")] }, { rules: [rule("a"), rule("b"), rule("c")] });
    expect([diff?.added, diff?.removed]).toEqual([7, 0]);
    expect(diff?.rows.filter((row) => row.kind === "add").map((row) => row.kind === "add" && row.after?.pieces[0]?.text)).toContain("  - name: b");
  });
  test("from nothing", () => expect(diffLines([], ["a", "b"])).toMatchObject({ added: 2, removed: 0 }));
  test("each side gives back its document: random pairs", () => {
    let seed = 7;
    const roll = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let turn = 0; turn < 200; ++turn) {
      const make = () => Array.from({ length: roll(12) }, () => `k${roll(4)}: v${roll(3)}`);
      const [before, after] = [make(), make()];
      const diff = diffLines(before, after);
      const side = (which: "before" | "after") => diff?.rows.flatMap((row) => (row.kind !== "fold" && row[which] ? [row[which].pieces.map((piece) => piece.text).join("")] : []));
      expect(side("before")).toEqual(before);
      expect(side("after")).toEqual(after);
    }
  });
  test("far too much is not shown", () => expect(diffLines(Array.from({ length: 6_000 }, (_, n) => `a${n}`), Array.from({ length: 6_000 }, (_, n) => `b${n}`))).toBeNull());
});

describe("folds", () => {
  const same = Array.from({ length: 10 }, (_, n) => `l${n}`);
  test("keeps what is near a change and counts the rest", () => {
    const rows = folded(diffLines(same, [...same.slice(0, 9), "other", "l9"])?.rows ?? [], 2);
    expect(rows.map((row) => (row.kind === "fold" ? row.lines : row.kind))).toEqual([7, "same", "same", "add", "same"]);
  });
  test("one line alone is shown, not folded", () => expect(folded(diffLines(["a", "b", "c"], ["a", "b", "d"])?.rows ?? [], 1).map((row) => row.kind)).toEqual(["same", "same", "change"]));
});
