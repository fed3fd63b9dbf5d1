import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { anomalies } from "../api/anomalies";
import { api } from "../api/client";
import type { Me, Overview as Figures } from "../api/types";
import { CostChart, FailureChart, RequestChart, SpeedChart } from "../components/charts";
import { Control } from "../components/control";
import { FilterBar } from "../components/filter_bar";
import { FirstRun } from "../components/first_run";
import { rangeNote } from "../components/frame";
import { Menu, Pick } from "../components/menu";
import { Failure, Stale } from "../components/parts";
import { Providers } from "../components/providers";
import { RequestList } from "../components/request_list";
import { costRate, Tiles, TilesLoading } from "../components/tiles";
import { stepFor } from "../lib/chart_math";
import { forSums } from "../lib/filters";
import { marksOf } from "../lib/marks";
import { lengthWords, rangeQuery, rangeText, seconds } from "../lib/range";
import { DIMENSIONS, go, href, onPage, rowsOf } from "../lib/route";
import { useLive } from "../lib/use_live";
import { useQuery, type Answer } from "../lib/use_query";
import type { Rows } from "../lib/use_rows";
import type { Shared } from "../app";

const NEWEST = 10;
const MOST = 200;

export function Overview({ me, place, figures, rows, hold, known }: Shared & { me: Me; figures: Answer<Figures>; rows: Rows }): JSX.Element {
  const { tick, status } = useLive();
  const ask = forSums(place.filters);
  const key = JSON.stringify([rangeText(place.range), ask]);
  const own = useQuery(Object.keys(ask).length > 0 ? `overview ${key} ${place.compare}` : null, (signal) => api.overview({ ...ask, ...rangeQuery(place.range), compare: place.compare || undefined }, signal), tick);
  const { data, error, retry } = Object.keys(ask).length > 0 ? own : figures;
  const volume = useQuery(`volume ${key} ${place.by}`, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "requests", by: place.by, top: 5 }, signal), tick);
  // Asked apart: who spends most is seldom who asks most, and each chart shows its own five.
  const spend = useQuery(`spend ${key} ${place.by}`, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "cost", by: place.by, top: 5 }, signal), tick);
  // Percentiles need enough requests in a step: the step is chosen by how many there are.
  const step = data && volume.data ? stepFor(data.totals.requests, seconds(place.range), volume.data.step_s) : null;
  const speed = useQuery(step ? `speed ${key} ${step}` : null, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "latency_p50,latency_p95,ttfb_p95,error_rate", by: "none", step: `${step}s` }, signal), tick);
  const errors = useQuery(`errors ${key}`, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "errors", by: "provider", top: 5 }, signal), tick);
  // Without an answer there are no marks; the charts stand.
  const unlike = useQuery(`marks ${rangeText(place.range)}`, (signal) => anomalies.list({ ...rangeQuery(place.range), limit: MOST }, signal), Math.floor(tick / 10));
  const marks = useMemo(() => marksOf(unlike.data?.rows ?? [], place, ask, Date.now()), [unlike.data, place]);
  const [menu, setMenu] = useState(false);
  useEffect(() => {
    if (menu) setMenu(false);
  }, [place.by]);

  const untouched = data !== null && data.totals.requests === 0 && Object.keys(ask).length === 0 && (status?.events_received ?? 0) === 0 && !rows.loading && !rows.error && rows.shown.length === 0;
  const words = lengthWords(place.range);
  const per = data ? costRate(data.totals.cost, seconds(place.range)).factor : 3_600;
  const shared = { place, ask };
  return (
    <>
      <div class="head">
        <h1>Overview</h1><span class="sub">{untouched ? "nothing has passed yet" : data ? rangeNote(data, place.range, place.compare && data.previous !== null) : ""}</span>
        {!untouched && (
          <div class="act">
            <Menu name="Group by" label={<>Group by <b>{place.by}</b></>} open={menu} set={setMenu}><div class="items">{DIMENSIONS.map((by) => <Pick key={by} value={by} current={place.by} pick={(next) => go({ ...place, by: next })}>{by}</Pick>)}</div></Menu>
            <button class="btn" type="button" aria-pressed={place.compare} onClick={() => go({ ...place, compare: !place.compare }, "replace")}>Compare <kbd>C</kbd></button>
            <button class="btn" type="button" aria-pressed={place.table} onClick={() => go({ ...place, table: !place.table }, "replace")}>{place.table ? "Charts" : "Table"} <kbd>V</kbd></button>
          </div>
        )}
      </div>
      {untouched ? (
        <FirstRun me={me} />
      ) : (
        <>
          <FilterBar place={place} known={known} sums />
          {error && data && <Stale error={error} what="The figures" />}
          <Control place={place} tick={tick} />
          {data ? (
            <Tiles totals={data.totals} previous={place.compare ? data.previous : null} seconds={seconds(place.range)} words={words} volume={volume.data} spend={spend.data} speed={speed.data}
              rows={rowsOf(place)} failed={rowsOf(place, { errors: "true" })} slow={rowsOf(place, {}, { sort: "latency" })} costs={href(onPage(place, "costs"))} />
          ) : error ? <section class="card mb"><Failure error={error} retry={retry} what="The figures" /></section> : <TilesLoading tiles={5} />}
          <div class="grid g2">
            <RequestChart {...shared} answer={volume} spans={marks.volume} />
            <CostChart {...shared} answer={spend} per={per} estimated={data?.totals.cost_estimated ?? false} spans={marks.cost} />
            <SpeedChart {...shared} spans={marks.latency} answer={step === null ? { ...speed, error: volume.error ?? error } : speed} />
            <FailureChart {...shared} spans={marks.errors} answer={errors} />
          </div>
          {data && <Providers data={data} place={place} ask={ask} />}
          <section class="card">
            <header><h2>Newest requests</h2><span class="act"><a class="link" href={rowsOf(place)}>All requests</a></span></header>
            <RequestList rows={rows} place={place} limit={NEWEST} holding={hold} />
          </section>
        </>
      )}
    </>
  );
}
