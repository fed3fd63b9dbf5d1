// The live log: newest on top. Shown as it is told; what comes when is decided in lib/use_rows.
import type { JSX } from "preact";
import type { RequestRow } from "../api/types";
import { clock, millis, none, providerName, seriesOf, words } from "../lib/format";
import { go, href, type Place } from "../lib/route";
import type { Rows } from "../lib/use_rows";
import { Cost, Failure, statusClass, Tokens, Took } from "./parts";

function Model({ row }: { row: RequestRow }): JSX.Element {
  const asked = row.model_requested;
  const served = row.model_actual;
  if (!asked && !served) return <span class="dim">{none}</span>;
  if (!asked || !served || asked === served) return <>{served ?? asked}</>;
  // A dated snapshot of what was asked for is the same model, not another one.
  if (served.startsWith(asked) && /^[-@][\d-]+$/.test(served.slice(asked.length))) return <>{asked}<span class="was">{served.slice(asked.length)}</span></>;
  return <><span class="was">{asked}</span><span class="arrow">→</span>{served}</>;
}

function Ending({ row }: { row: RequestRow }): JSX.Element {
  if (row.verdict === null) return <span class="dim">{none}</span>;
  if (row.verdict === "complete") return <span class="dim">complete</span>;
  return <span class={row.verdict === "client_gone" ? "s-warn" : "s-crit"}>{words(row.verdict)}</span>;
}

function Line({ row, place, fresh }: { row: RequestRow; place: Place; fresh: boolean }): JSX.Element {
  const selected = place.row === row.id;
  const target = { ...place, row: row.id };
  const open = (event: MouseEvent) => {
    if (!(event.target as Element).closest("a")) go(target);
  };
  return (
    <tr class={`${fresh ? "new" : ""}${selected ? " sel" : ""}`} onClick={open} data-id={row.id}>
      <td class="c-time"><a class="row-link" href={href(target)} aria-current={selected ? "true" : undefined}>{clock(row.completed_at)}<span class="dim d-only">{millis(row.completed_at)}</span></a></td>
      <td class="c-status"><span class={statusClass(row)} title={row.error_code ?? undefined}>{row.status}</span>{row.attempts > 1 && <> <span class="badge warn">{row.attempts}×</span></>}</td>
      <td class="c-feature" title={row.feature ?? undefined}><i class={`sw c${seriesOf(row.feature)}`} />{row.feature ?? "untagged"}</td>
      <td class="c-model" title={row.model_actual ?? row.model_requested ?? undefined}><Model row={row} /></td>
      <td class="wide">{row.provider ? providerName(row.provider) : <span class="dim">{none}</span>}</td>
      <td class="num c-latency"><Took us={row.latency_us} /></td>
      <td class="num wide p3"><Took us={row.ttfb_us} /></td>
      <td class="num wide p4"><Tokens row={row} /></td>
      <td class="num c-cost"><Cost row={row} /></td>
      <td class="wide p3"><Ending row={row} /></td>
    </tr>
  );
}

export function RequestList({ rows, place, limit, holding }: { rows: Rows; place: Place; limit?: number; holding?: (held: boolean) => void }): JSX.Element {
  if (rows.error && rows.shown.length === 0) return <Failure error={rows.error} retry={rows.retry} what="The request list" />;
  if (!rows.loading && rows.shown.length === 0) return <NothingFound place={place} />;
  const shown = limit ? rows.shown.slice(0, limit) : rows.shown;
  return (
    <>
      {rows.error && <div class="banner crit" role="alert"><span class="dot crit" /><div><b>The list stands still.</b><p>{rows.error.message} Trying again every 2 s.</p></div></div>}
      <div class="scroll" onMouseEnter={() => holding?.(true)} onMouseLeave={() => holding?.(false)}>
        <table class="table log" aria-busy={rows.loading}>
          <thead><tr><th aria-sort="descending">Ended, UTC ↓</th><th>Status</th><th>Feature</th><th>Model</th><th class="wide">Provider</th><th class="num">Latency</th><th class="num wide p3">First byte</th><th class="num wide p4">Tokens in / out</th><th class="num">Cost</th><th class="wide p3">Stream</th></tr></thead>
          <tbody>{rows.loading && shown.length === 0 ? <Skeleton /> : shown.map((row) => <Line key={row.id} row={row} place={place} fresh={rows.fresh.has(row.id)} />)}</tbody>
        </table>
      </div>
      {!limit && rows.more && <div class="more"><button class="btn" type="button" disabled={rows.loadingMore} onClick={rows.loadMore}>{rows.loadingMore ? "Loading" : "Older requests"}</button></div>}
    </>
  );
}

function Skeleton(): JSX.Element {
  return (
    <>
      {Array.from({ length: 8 }, (_, n) => (
        <tr key={n}>
          <td class="c-time"><span class="skel w80" /></td><td class="c-status"><span class="skel w60" /></td><td class="c-feature"><span class="skel w60" /></td><td class="c-model"><span class="skel w80" /></td><td class="wide"><span class="skel w60" /></td>
          <td class="c-latency"><span class="skel w60" /></td><td class="wide p3"><span class="skel w60" /></td><td class="wide p4"><span class="skel w80" /></td><td class="c-cost"><span class="skel w60" /></td><td class="wide p3"><span class="skel w60" /></td>
        </tr>
      ))}
    </>
  );
}

function NothingFound({ place }: { place: Place }): JSX.Element {
  const filters = Object.entries(place.filters);
  if (filters.length === 0) return <div class="empty"><b>No request has passed yet.</b><span>Rows appear here the moment a request ends.</span></div>;
  return (
    <div class="empty">
      <b>Nothing matches {filters.map(([name, value]) => (name === "errors" ? "failed" : `${name} = ${value}`)).join(", ")}.</b>
      <button class="btn" type="button" onClick={() => go({ ...place, filters: {} })}>Clear filters</button>
    </div>
  );
}
