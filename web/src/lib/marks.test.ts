import { expect, test } from "vitest";
import type { Anomaly } from "../api/anomalies";
import { MOST_MARKS, marksOf } from "./marks";
import { parse } from "./route";

const row = { id: 4, title: "Cost spike in chat", feature: "chat", metric: "cost", peak_sigma: 10.94, opened_at: "2026-11-19T10:25:00Z", closed_at: null, dismissed_at: null } as Anomaly;
const place = parse("/overview", "?range=7d");
const now = Date.parse("2026-11-19T10:50:00Z");

test("a mark has its span, its words, its colour, and leads to its page", () => {
  expect(marksOf([row], place, {}, now)).toEqual({ cost: [{ from: 1_795_083_900, to: 1_795_085_400, colour: "crit", says: "Cost spike in chat, +10.9 σ, open", href: "/anomalies?range=7d&item=4" }] });
  expect(marksOf([{ ...row, closed_at: "2026-11-19T10:40:00Z" }], place, {}, now).cost?.[0]?.colour).toBe("warn");
  expect(marksOf([{ ...row, dismissed_at: "2026-11-19T10:40:00Z" }], place, {}, now).cost?.[0]?.colour).toBe("idle");
});
test.each([
  [{ feature: "chat" }, ["chat", null]],
  [{ feature: "other" }, [null]],
  [{ feature: "untagged" }, [null, ""]],
  [{ model: "gpt-5" }, []],
  [{ feature: "chat", model: "gpt-5" }, []],
])("narrowed to %o", (filters, want) => {
  const rows = ["chat", null, ""].map((feature) => ({ ...row, feature, title: String(feature) }));
  expect((marksOf(rows, place, filters, now).cost ?? []).map(({ says }) => says.split(",")[0])).toEqual(want.map(String));
});
test("no chart is covered by them", () => expect(marksOf(Array<Anomaly>(500).fill(row), place, {}, now).cost).toHaveLength(MOST_MARKS));
