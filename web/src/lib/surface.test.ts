import { expect, test } from "vitest";
import type { BudgetUse, Limits, LimitUse } from "../api/control";
import { breached, nearBudgets, nearLimits, opened, ruleCount } from "./surface";

const budget = (name: string, more: Partial<BudgetUse>): BudgetUse => ({ name, period: "month", shadow: false, enabled: true, from: "", to: "", spent: "0", held: "0", cap: "10", soft_cap: null, alert_percent: [], state: "ok", projected: null, projected_low: null, projected_high: null, hits_cap_at: null, blocked: 0, downgraded: 0, ...more });
const limit = (name: string, used: number[], more: Partial<LimitUse> = {}): LimitUse => ({ name, kind: "requests", limit: 10, shadow: false, enabled: true, scopes: used.map((one, n) => ({ scope: `key ${n}`, used: one, rest: 10 - one, refused_1h: 0, would_refuse_1h: 0 })), ...more });
const use = (budgets: BudgetUse[], limits: LimitUse[]): Limits => ({ mode: "local", budgets, limits });

test("nearest its cap first; shadow, off and without an amount are not near", () =>
  expect(nearBudgets(use([budget("low", { spent: "2" }), budget("passed", { spent: "12" }), budget("alert", { cap: null, soft_cap: "4", spent: "2" }), budget("shadow", { spent: "11", shadow: true }), budget("off", { enabled: false, spent: "9" }), budget("no amount", { cap: null })], [])).map(({ one, part }) => [one.name, part])).toEqual([["passed", 1.2], ["alert", 0.5], ["low", 0.2]]));
test("a limit is as near as its fullest scope", () =>
  expect(nearLimits(use([], [limit("some", [1, 9, 3]), limit("full", [10]), limit("unused", []), limit("shadow", [10], { shadow: true })])).map(({ one, scope, part }) => [one.name, scope, part])).toEqual([["full", "key 0", 1], ["some", "key 1", 0.9]]));
test("nothing known: nothing near", () => expect([nearBudgets(null), nearLimits(null), opened(undefined), breached(null)]).toEqual([[], [], [], []]));
test("rules by what they do", () => expect(ruleCount({ rules: [{ name: "a" }, { name: "b", shadow: true }, { name: "c", enabled: false }, { name: "d", enabled: false, shadow: true }] })).toEqual({ on: 1, shadow: 1, off: 2 }));
