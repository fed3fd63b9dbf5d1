// "Why this route" as lines: rules in shadow, the rule that took it, the targets in order with their outcomes, notes. Pure; what is missing is left out.
import type { RouteReason } from "../api/types";
import { providerName } from "./format";

export interface RouteLine {
  mark: "–" | "✓" | "→" | "✕";
  text: string;
  result: string;
}
const list = (value: readonly string[] | string | null | undefined): readonly string[] => (typeof value === "string" ? (value ? [value] : []) : (value ?? []));

export function routeLines(route: RouteReason | null | undefined): RouteLine[] {
  if (!route) return [];
  const targets = route.targets ?? [];
  const went = (outcome: string | null | undefined) => !outcome || outcome === "ok" || /^2\d\d$/.test(outcome);
  return [
    ...list(route.shadow).map((name): RouteLine => ({ mark: "–", text: name, result: "would match, in shadow" })),
    ...(route.rule !== undefined || targets.length > 0 ? [route.rule ? ({ mark: "✓", text: route.rule, result: "took it" } as const) : ({ mark: "–", text: "No rule", result: "passed unchanged" } as const)] : []),
    ...targets.map((to): RouteLine => {
      const outcome = to.outcome ?? to.reason;
      const ms = to.ms ?? to.took_ms;
      return { mark: went(outcome) ? "→" : "✕", text: to.target ?? ([to.provider ? providerName(to.provider) : "", to.model ?? ""].filter(Boolean).join(" ") || "as asked"), result: [outcome && outcome !== "ok" ? outcome : "", ms === null || ms === undefined ? "" : `${ms}\u2009ms`].filter(Boolean).join(", ") };
    }),
    ...list(route.notes).map((note): RouteLine => ({ mark: "–", text: note, result: "" })),
  ];
}
