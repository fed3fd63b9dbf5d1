// What behaved unlike itself: the list, and one of them.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { anomalies, type AnomalyPage } from "../api/anomalies";
import type { Dimensions, Me } from "../api/types";
import { Detail } from "../components/anomalies/detail";
import { Feed, ordered, showOf } from "../components/anomalies/feed";
import { Failure, Lines, Stale } from "../components/parts";
import { go, href, onPage, type Place } from "../lib/route";
import { useOpenAnomalies } from "../lib/use_anomalies";
import { useControl } from "../lib/use_control";
import { STEP_THING } from "../lib/use_keys";
import { useQuery } from "../lib/use_query";

const PAGE = 50;
const EVERY_BEATS = 4; // 20 s: the detector looks every 5 minutes

export function AnomaliesPage({ me, place, known, beat }: { me: Me; place: Place; known: Dimensions | null; beat: number }): JSX.Element {
  const show = showOf(place);
  const [shown, setShown] = useState(PAGE);
  const tick = Math.floor(beat / EVERY_BEATS);
  const list = useQuery(`anomalies ${show} ${shown}`, (signal) => upTo(shown, show, signal), tick);
  const open = useOpenAnomalies();
  const page = list.data;
  const rows = ordered(page?.rows ?? []);
  const wanted = /^[1-9]\d{0,15}$/.test(place.item ?? "") ? Number(place.item) : null;
  const selected = wanted ?? rows[0]?.id ?? null;
  const now = Date.now();
  useSteps((by) => {
    const next = rows[rows.findIndex(({ id }) => id === selected) + by];
    if (!next) return;
    go({ ...place, item: String(next.id) }, "replace");
    requestAnimationFrame(() => document.querySelector(`.anom[data-id="${next.id}"]`)?.scrollIntoView({ block: "nearest" }));
  });
  const changed = () => {
    list.retry();
    open.retry();
  };
  const sensitivity = useControl().state.data?.document.anomalies?.sigma ?? 2;
  const nothing = page !== null && page.counts.all === 0;
  return (
    <>
      <div class="head"><h1>Anomalies</h1><span class="sub">checked every 5 minutes against the last 7 days</span><div class="act"><span class="dim d-only">Sensitivity {sensitivity} σ</span>{rows.length > 0 && <button class="btn" type="button" aria-pressed={place.table} onClick={() => go({ ...place, table: !place.table }, "replace")}>{place.table ? "Chart" : "Table"} <kbd>V</kbd></button>}<a class="btn" href={href(onPage(place, "settings", { tab: "alerts" }))}>Alerts</a></div></div>
      {list.error && page && <Stale error={list.error} what="The anomalies" />}
      {page && !page.warm_up.active && <WarmUp of={page.warm_up} />}
      {!page ? <section class="card">{list.error ? <Failure error={list.error} retry={list.retry} what="The anomalies" /> : <Lines rows={6} />}</section>
        : nothing && wanted === null ? page.warm_up.active && <section class="card"><div class="empty"><b>Nothing was unlike itself.</b><span>Cost, latency, errors, traffic and models of every feature are compared with their own last 7 days.</span></div></section>
        : <div class="grid g-feed"><Feed place={place} page={page} rows={rows} selected={selected} now={now} older={page.next === null ? null : () => setShown(shown + PAGE)} />
            {selected !== null && <Detail key={selected} me={me} place={place} id={selected} rows={rows} known={known} tick={tick} now={now} changed={changed} />}</div>}
    </>
  );
}

function WarmUp({ of }: { of: AnomalyPage["warm_up"] }): JSX.Element {
  const hours = Math.max(1, of.hours_left);
  return <section class="card mb"><div class="empty"><b>Building baseline, active in ~{hours} hour{hours === 1 ? "" : "s"}</b><span>{of.begun ? "It takes 48 h of traffic to know what is usual; until then nothing is reported." : "It begins with the first request and takes 48 h of traffic; until then nothing is reported."}</span></div></section>;
}

// The API answers two hundred at once at most.
async function upTo(wanted: number, status: string, signal: AbortSignal): Promise<AnomalyPage> {
  let page = await anomalies.list({ status, limit: Math.min(200, wanted) }, signal);
  const { rows } = page;
  while (page.next !== null && rows.length < wanted) {
    page = await anomalies.list({ status, limit: Math.min(200, wanted - rows.length), before: page.next }, signal);
    rows.push(...page.rows);
  }
  return { ...page, rows };
}

function useSteps(step: (by: number) => void): void {
  const latest = useRef(step);
  latest.current = step;
  useEffect(() => {
    const moved = (event: Event) => latest.current((event as CustomEvent<number>).detail);
    addEventListener(STEP_THING, moved);
    return () => removeEventListener(STEP_THING, moved);
  }, []);
}
