// What the overview says of the control state: of each kind what is set and what is nearest to acting. Pure; what is not known is not said.
import type { BreakerTarget, BudgetUse, ControlDocument, Limits, LimitUse, TargetState } from "../api/control";
import { isOn, listed } from "./control";

export interface Near<T> {
  one: T;
  part: number; // of its cap or limit; above 1: passed
}
const byPart = <T>(a: Near<T>, b: Near<T>): number => b.part - a.part;

// In shadow nothing is held back, so nothing there is near.
export const nearBudgets = (use: Limits | null): Near<BudgetUse>[] =>
  (use?.budgets ?? []).flatMap((one) => {
    const end = Number(one.cap ?? one.soft_cap ?? 0);
    return one.enabled && !one.shadow && end > 0 ? [{ one, part: Number(one.spent) / end }] : [];
  }).sort(byPart);
// The fullest scope of each limit: one key that is refused is a limit that refuses.
export const nearLimits = (use: Limits | null): (Near<LimitUse> & { scope: string })[] =>
  (use?.limits ?? []).flatMap((one) => {
    const fullest = [...one.scopes].sort((a, b) => b.used - a.used)[0];
    return one.enabled && !one.shadow && one.limit > 0 && fullest ? [{ one, scope: fullest.scope, part: fullest.rest <= 0 ? Math.max(1, fullest.used / one.limit) : fullest.used / one.limit }] : [];
  }).sort(byPart);
export const NEAR = 0.8;

export interface RuleCount {
  on: number;
  shadow: number;
  off: number;
}
export function ruleCount(document: ControlDocument): RuleCount {
  const rules = listed(document, "rules");
  const on = rules.filter((rule) => isOn(rule) && !rule.shadow).length;
  const shadow = rules.filter((rule) => isOn(rule) && rule.shadow).length;
  return { on, shadow, off: rules.length - on - shadow };
}
export const opened = (targets: readonly BreakerTarget[] | undefined): BreakerTarget[] => (targets ?? []).filter((one) => one.state === "open");
export const breached = (rows: readonly TargetState[] | null | undefined): TargetState[] => (rows ?? []).filter((one) => one.state === "breached");
