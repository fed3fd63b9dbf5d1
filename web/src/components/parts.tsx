// The small parts that many places share.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { Health, Metrics, RequestRow } from "../api/types";
import { sparkPath, thinned } from "../lib/chart_math";
import { count, durationParts, money, none, type Change } from "../lib/format";
import { CopyIcon } from "./icons";

// An estimate looks like one: the sign, the dotted line, the band on hover.
export function Maybe({ estimate, why, children }: { estimate: boolean; why: string; children: ComponentChildren }): JSX.Element {
  return estimate ? <span class="est" title={why}>{children}</span> : <>{children}</>;
}

export function Took({ us }: { us: number | null }): JSX.Element {
  const { value, unit } = durationParts(us);
  return unit === "" ? <span class="dim">{value}</span> : <>{value}<span class="unit">{unit}</span></>;
}

export const MEASURED = "some tokens were measured, not reported by the provider";
export function sumBand({ cost_low, cost_high }: Pick<Metrics, "cost_low" | "cost_high">): string {
  if (cost_low === null || cost_low === cost_high) return MEASURED; // no band is known
  return cost_high === null ? `${money(cost_low)} or more: ${MEASURED}` : `${money(cost_low)} to ${money(cost_high)}: ${MEASURED}`;
}
// The cost of many requests. None has a price: "no price", never $0.
export function SumCost({ of }: { of: Metrics }): JSX.Element {
  if (of.cost_unknown_requests > 0 && (of.cost_unknown_requests >= of.requests || Number(of.cost) === 0)) return <span class="dim">no price</span>;
  const missing = of.cost_unknown_requests > 0 ? `; ${count(of.cost_unknown_requests)} requests have no price and are not in it` : "";
  const amount = Number(of.cost) === 0 ? <span class="dim">$0</span> : money(of.cost);
  return of.cost_estimated || missing === "" ? <Maybe estimate={of.cost_estimated} why={sumBand(of) + missing}>{amount}</Maybe> : <span title={missing.slice(2)}>{amount}</span>;
}

export const isEstimate = (row: RequestRow): boolean => row.token_source === "measured" || row.cost_low !== row.cost_high;
export function costBand(row: RequestRow): string {
  if (row.cost_low === null && row.cost_high === null) return "measured tokens, no band known";
  return row.cost_high === null ? `${money(row.cost_low)} or more` : `${money(row.cost_low)} to ${money(row.cost_high).replace("$", "")}`;
}
export function tokenBand(row: RequestRow): string {
  if (row.token_source !== "measured") return "reported by the provider";
  if (row.tokens_output_low === null) return "measured from the passing bytes";
  const high = row.tokens_output_high === null ? "or more" : `to ${count(row.tokens_output_high)}`;
  return `measured: ${count(row.tokens_output_low)} ${high} out`;
}

export function Cost({ row }: { row: RequestRow }): JSX.Element {
  if (row.cost !== null) {
    const nothing = Number(row.cost) === 0;
    return <Maybe estimate={isEstimate(row)} why={costBand(row)}>{nothing ? <span class="dim">$0</span> : money(row.cost)}</Maybe>;
  }
  return <span class="dim">{row.cost_source === "unknown_model" ? "no price" : none}</span>;
}

export function Tokens({ row }: { row: RequestRow }): JSX.Element {
  if (row.tokens_input === null && row.tokens_output === null) return <span class="dim">{none}</span>;
  return <Maybe estimate={row.token_source === "measured"} why={tokenBand(row)}>{count(row.tokens_input)}<span class="dim"> / </span>{count(row.tokens_output)}</Maybe>;
}

export const statusClass = (row: RequestRow): string => (row.error_source === null ? "" : row.error_source === "client" ? "s-warn" : "s-crit");

// Coloured only where a direction is good or bad; traffic is neither.
export function Moved({ by, up = "neither", before }: { by: Change | null; up?: "bad" | "good" | "neither"; before?: string }): JSX.Element | null {
  if (!by) return null;
  const bad = by.direction !== 0 && up !== "neither" && (by.direction > 0) === (up === "bad");
  return <span class={bad ? "worse" : "same"} title={before ? `before: ${before}` : undefined}>{by.text}</span>;
}

export function Spark({ values, quiet, label = "Trend" }: { values: readonly (number | null)[]; quiet?: boolean; label?: string }): JSX.Element {
  const { path, last } = sparkPath(thinned(values), 92, 28);
  return <svg class={quiet ? "spark n" : "spark"} width="92" height="28" viewBox="0 0 92 28" role="img" aria-label={label}><path d={path} />{last && <circle cx={last[0]} cy={last[1]} r="2.5" />}</svg>;
}

// A bar of the share of a whole, beside its number.
export const Bar = ({ percent, colour }: { percent: number; colour?: number }): JSX.Element => (
  <svg class="bar inl thin" aria-hidden="true"><rect class={colour === undefined ? "f" : `f${colour}`} width={`${Math.min(100, percent).toFixed(2)}%`} height="100%" /></svg>
);

const DOTS = { healthy: "", degraded: " warn", down: " crit", idle: " idle" } as const;
export const Dot = ({ state }: { state: Health["state"] }): JSX.Element => <span class={`dot${DOTS[state]}`} />;

// "The store is away."
const sentenceOf = ({ message }: ApiError): string => message.charAt(0).toUpperCase() + message.slice(1).replace(/\.?$/, ".");

export function Failure({ error, retry, what }: { error: ApiError; retry: () => void; what: string }): JSX.Element {
  return (
    <div class="empty" role="alert">
      <b>{what} could not be read.</b>
      <span>{sentenceOf(error)}{error.status > 0 && " Requests through the proxy pass as usual."}</span>
      <button class="btn" type="button" onClick={retry}>Retry <kbd>R</kbd></button>
    </div>
  );
}
// Beside figures that are old: they stay, and it is said.
export function Stale({ error, what }: { error: ApiError; what: string }): JSX.Element {
  return <div class="banner crit" role="alert"><span class="dot crit" /><div><b>{what} stand still.</b><p>{sentenceOf(error)} What is shown is the last answer; trying again by itself.</p></div></div>;
}
export const Lines = ({ rows }: { rows: number }): JSX.Element => (
  <div class="pad skels" aria-busy="true">{Array.from({ length: rows }, (_, n) => <span class={`skel ${["w80", "w60", "w40"][n % 3]}`} key={n} />)}</div>
);

export function Copy({ text, label, words = "Copy" }: { text: string; label: string; words?: string }): JSX.Element | null {
  const [done, set] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => set(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  // Over plain HTTP from another machine browsers have no clipboard: no button that does nothing.
  if (!navigator.clipboard) return null;
  const copy = () => void navigator.clipboard.writeText(text).then(() => set(true), () => set(false));
  return <button class="btn quiet" type="button" onClick={copy} aria-label={label}><CopyIcon /> {done ? "Copied" : words}</button>;
}
