// The log: one row per request that ended, newest first unless sorted otherwise.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RequestRow } from "../api/types";
import { clock, millis, none, providerName, words } from "../lib/format";
import { field, labelOf } from "../lib/filters";
import { go, href, type Place, type Sort } from "../lib/route";
import { colourOf } from "../lib/series";
import type { Rows } from "../lib/use_rows";
import { Cost, Failure, statusClass, Tokens, Took } from "./parts";

function Model({ row }: { row: RequestRow }): JSX.Element {
  const [asked, served] = [row.model_requested, row.model_actual];
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

// Waiting grey, streaming in colour, against the slowest in sight.
function Lasted({ row, slowest }: { row: RequestRow; slowest: number }): JSX.Element {
  const part = (us: number) => `${((100 * us) / Math.max(1, slowest)).toFixed(2)}%`;
  const first = Math.min(row.ttfb_us ?? row.latency_us, row.latency_us);
  return <svg class="bar inl thin p4" aria-hidden="true"><rect class="i" width={part(first)} height="100%" /><rect class="f" x={part(first)} width={part(row.latency_us - first)} height="100%" /></svg>;
}

function Line({ row, place, fresh, slowest }: { row: RequestRow; place: Place; fresh: boolean; slowest: number }): JSX.Element {
  const selected = place.row === row.id;
  const target = { ...place, row: row.id };
  const open = (event: MouseEvent) => {
    if (!(event.target as Element).closest("a") && String(getSelection()) === "") go(target);
  };
  return (
    <tr class={`${fresh ? "new" : ""}${selected ? " sel" : ""}`} onClick={open} data-id={row.id}>
      <td class="c-time"><a class="row-link" href={href(target)} aria-current={selected ? "true" : undefined}>{clock(row.completed_at)}<span class="dim d-only">{millis(row.completed_at)}</span></a></td>
      <td class="c-status"><span class={statusClass(row)} title={row.error_code ?? undefined}>{row.status}</span>{row.attempts > 1 && <> <span class="badge warn" title={`${row.attempts} attempts`}>{row.attempts}×</span></>}</td>
      <td class="c-feature" title={row.feature ?? undefined}><i class={`sw c${colourOf("feature", row.feature)}`} />{row.feature ?? "untagged"}</td>
      <td class="c-model" title={row.model_actual ?? row.model_requested ?? undefined}><Model row={row} /></td>
      <td class="wide">{row.provider ? providerName(row.provider) : <span class="dim">{none}</span>}</td>
      <td class="num c-latency"><span class="withbar"><Lasted row={row} slowest={slowest} /><span class="w52"><Took us={row.latency_us} /></span></span></td>
      <td class="num wide p3"><Took us={row.ttfb_us} /></td>
      <td class="num wide p4"><Tokens row={row} /></td>
      <td class="num c-cost"><Cost row={row} /></td>
      <td class="wide p3"><Ending row={row} /></td>
    </tr>
  );
}

interface ListProps {
  rows: Rows;
  place: Place;
  limit?: number;
  holding?: (held: boolean) => void;
}
export function RequestList({ rows, place, limit, holding }: ListProps): JSX.Element {
  if (rows.error && rows.shown.length === 0) return <Failure error={rows.error} retry={rows.retry} what="The request list" />;
  if (!rows.loading && rows.shown.length === 0) return <NothingFound place={place} />;
  const shown = limit ? rows.shown.slice(0, limit) : rows.shown;
  const slowest = shown.reduce((most, row) => Math.max(most, row.latency_us), 0);
  const head = (sort: Sort, label: string, cls: string) => (
    <th class={cls} aria-sort={!limit && place.sort === sort ? "descending" : undefined} scope="col">
      {limit ? label : <button type="button" class="sort" onClick={() => go({ ...place, sort })}>{label}{place.sort === sort && <span aria-hidden="true"> ↓</span>}</button>}
    </th>
  );
  return (
    <>
      {rows.error && <div class="banner crit in" role="alert"><span class="dot crit" /><div><b>The list stands still.</b><p>{rows.error.message} Trying again by itself.</p></div></div>}
      <div onMouseEnter={() => holding?.(true)} onMouseLeave={() => holding?.(false)}>
        <table class="table log" aria-busy={rows.loading}>
          <thead><tr>{head("time", "Ended, UTC", "")}<th scope="col">Status</th><th scope="col">Feature</th><th scope="col">Model</th><th class="wide" scope="col">Provider</th>{head("latency", "Latency", "num")}{head("ttfb", "First byte", "num wide p3")}{head("tokens", "Tokens in / out", "num wide p4")}{head("cost", "Cost", "num")}<th class="wide p3" scope="col">Stream</th></tr></thead>
          <tbody>{rows.loading && shown.length === 0 ? <Skeleton rows={limit ?? 14} /> : shown.map((row) => <Line key={row.id} row={row} place={place} fresh={rows.fresh.has(row.id)} slowest={slowest} />)}</tbody>
        </table>
      </div>
      {!limit && rows.more && <More rows={rows} />}
    </>
  );
}

// Older rows come as one nears the end; the button is for keys, and for when that failed.
function More({ rows }: { rows: Rows }): JSX.Element {
  const own = useRef<HTMLDivElement>(null);
  const latest = useRef(rows);
  latest.current = rows;
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting) && !latest.current.error) latest.current.loadMore();
    }, { rootMargin: "600px" });
    if (own.current) watch.observe(own.current);
    return () => watch.disconnect();
  }, [rows.shown.length]);
  return <div class="more" ref={own}><button class="btn" type="button" disabled={rows.loadingMore} onClick={rows.loadMore}>{rows.loadingMore ? "Loading" : "More requests"}</button></div>;
}

function Skeleton({ rows }: { rows: number }): JSX.Element {
  return (
    <>
      {Array.from({ length: rows }, (_, n) => (
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
  if (filters.length === 0) return <div class="empty"><b>No request ended in this range.</b><span>Rows appear here the moment a request ends.</span></div>;
  return (
    <div class="empty">
      <b>Nothing matches {filters.map(([name, value]) => `${field(name)?.label ?? name} = ${labelOf(name, value, null)}`).join(", ")}.</b>
      <button class="btn" type="button" onClick={() => go({ ...place, filters: {} })}>Clear filters</button>
    </div>
  );
}
