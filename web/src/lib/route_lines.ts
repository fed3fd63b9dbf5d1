// "Why this route" as lines: rules in shadow, the rule that took it, what limits and budgets did, the targets in order with their outcomes, notes. Pure; what is missing is left out.
import type { RouteReason } from "../api/types";
import { providerName } from "./format";

export interface RouteLine {
  mark: "–" | "✓" | "→" | "✕";
  text: string;
  result: string;
  span?: { from: number; ms: number }; // when it was tried, after the one before
}

// Why a target can't be used, as the router calls it.
const UNFIT: Record<string, string> = { no_base_url: "it has no base URL", no_such_path: "it has no such endpoint", model_not_replaceable: "the model can't be replaced there", no_credential: "no key, unless the client sends one", open: "its breaker is open" };
export const unfitWords = (reason: string): string => UNFIT[reason] ?? reason.replaceAll("_", " ");

// What a limit or budget did to it.
const HOLD = { refused: "refused it", downgraded: "asked a cheaper model", would_refuse: "would refuse, in shadow", would_downgrade: "would ask a cheaper model, in shadow" } as const;
const holdLine = ({ kind, name, outcome }: NonNullable<RouteReason["holds"]>[number]): RouteLine => ({ mark: outcome === "refused" ? "✕" : outcome === "downgraded" ? "✓" : "–", text: `${kind === "limit" ? "Limit" : "Budget"} ${name}`, result: HOLD[outcome] });

// Targets are tried one after the other: each begins where the one before gave up.
function spans(targets: NonNullable<RouteReason["targets"]>): ({ from: number; ms: number } | undefined)[] {
  let at = 0;
  return targets.map(({ ms }) => {
    if (ms === null || ms === undefined) return undefined; // passed over
    at += ms;
    return { from: at - ms, ms };
  });
}

export function routeLines(route: RouteReason | null | undefined): RouteLine[] {
  if (!route) return [];
  const targets = route.targets ?? [];
  const when = spans(targets);
  const holds = route.holds ?? [];
  const changed = holds.some(({ outcome }) => outcome === "refused" || outcome === "downgraded");
  const went = (outcome: string | null | undefined) => !outcome || outcome === "ok" || /^2\d\d$/.test(outcome);
  return [
    ...(route.shadow ? [{ mark: "–", text: route.shadow, result: "would match, in shadow" } as const] : []),
    ...((route.rule !== undefined || targets.length > 0) && !(route.rule === null && changed) ? [route.rule ? ({ mark: "✓", text: route.rule, result: "took it" } as const) : ({ mark: "–", text: "No rule", result: "passed unchanged" } as const)] : []),
    ...(route.switched ? [{ mark: "–", text: "Latency target missed", result: "fallbacks first" } as const] : []),
    ...holds.map(holdLine),
    ...targets.map((to, n): RouteLine => {
      const { outcome, ms } = to;
      const span = when[n];
      return { ...(span ? { span } : {}), mark: went(outcome) ? "→" : "✕", text: [to.provider ? providerName(to.provider) : "", to.model ?? ""].filter(Boolean).join(" ") || "as asked", result: [outcome && outcome !== "ok" ? unfitWords(outcome) : "", ms === null || ms === undefined ? "" : `${ms}\u2009ms`].filter(Boolean).join(", ") };
    }),
    ...(route.note ? [{ mark: "–", text: unfitWords(route.note), result: "" } as const] : []),
    ...(route.cut ? [{ mark: "–", text: "and more, which was not kept", result: "" } as const] : []),
  ];
}
