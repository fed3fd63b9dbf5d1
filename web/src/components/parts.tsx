// The small parts that many places share.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import type { RequestRow } from "../api/types";
import { count, durationParts, money, none } from "../lib/format";
import { CopyIcon } from "./icons";

// An estimate looks like one: the sign, the dotted line, the band on hover.
export function Maybe({ estimate, why, children }: { estimate: boolean; why: string; children: ComponentChildren }): JSX.Element {
  return estimate ? <span class="est" title={why}>{children}</span> : <>{children}</>;
}

export function Took({ us }: { us: number | null }): JSX.Element {
  const { value, unit } = durationParts(us);
  return unit === "" ? <span class="dim">{value}</span> : <>{value}<span class="unit">{unit}</span></>;
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

export function Failure({ error, retry, what }: { error: ApiError; retry: () => void; what: string }): JSX.Element {
  const because = error.message.replace(/\.?$/, ".");
  return (
    <div class="empty" role="alert">
      <b>{what} could not be read.</b>
      <span>{because.charAt(0).toUpperCase() + because.slice(1)} Requests through the proxy pass as usual.</span>
      <button class="btn" type="button" onClick={retry}>Retry</button>
    </div>
  );
}

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
