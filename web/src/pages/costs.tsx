import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { api, csv } from "../api/client";
import type { Costs as CostsData, Dimension, Metrics } from "../api/types";
import { CostChart } from "../components/charts";
import { CostTable, SmallCostTable } from "../components/cost_tables";
import { FilterBar } from "../components/filter_bar";
import { rangeNote } from "../components/frame";
import { MonthAhead } from "../components/month_ahead";
import { Failure, Maybe, Stale, sumBand } from "../components/parts";
import { Tile, TilesLoading } from "../components/tiles";
import { change, count, dollars, money, none, perCent } from "../lib/format";
import { forSums } from "../lib/filters";
import { isPreset, lengthWords, rangeQuery, rangeText, seconds } from "../lib/range";
import { DIMENSIONS, go, rowsOf } from "../lib/route";
import { useLive } from "../lib/use_live";
import { useQuery } from "../lib/use_query";
import type { Shared } from "../app";

const DAY_S = 86_400;
// Bars want few steps: days from a week on.
const stepFor = (range_s: number): string | undefined => (range_s >= 7 * DAY_S ? `${DAY_S}s` : range_s >= DAY_S ? "3600s" : undefined);

export function Costs({ place, known }: Shared): JSX.Element {
  const { tick } = useLive();
  const ask = forSums(place.filters);
  const key = JSON.stringify([rangeText(place.range), ask]);
  const compare = { compare: place.compare || undefined };
  const costs = useQuery(`costs ${key} ${place.by} ${place.compare}`, (signal) => api.costs(place.by, { ...ask, ...rangeQuery(place.range), ...compare }, signal), tick);
  const series = useQuery(`costs over time ${key} ${place.by}`, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "cost", by: place.by, top: 5, step: stepFor(seconds(place.range)) }, signal), tick);
  const month = useMonth(ask, tick);
  const { data, error, retry } = costs;
  const others = DIMENSIONS.filter((by) => by !== place.by);
  return (
    <>
      <div class="head">
        <h1>Costs</h1><span class="sub">by {place.by}{data ? `, ${rangeNote(data, place.range, place.compare && data.previous !== null)}` : ""}</span>
        <div class="act">
          <div class="seg" role="group" aria-label="By">{DIMENSIONS.map((by) => <button key={by} type="button" aria-pressed={by === place.by} onClick={() => go({ ...place, by, order: "" })}>{by.charAt(0).toUpperCase() + by.slice(1)}</button>)}</div>
          <button class="btn d-only" type="button" aria-pressed={place.compare} onClick={() => go({ ...place, compare: !place.compare }, "replace")}>Compare <kbd>C</kbd></button>
          <button class="btn d-only" type="button" aria-pressed={place.table} onClick={() => go({ ...place, table: !place.table }, "replace")}>{place.table ? "Chart" : "Table"} <kbd>V</kbd></button>
          <a class="btn" href={csv("costs", { ...ask, ...rangeQuery(place.range), by: place.by })} download>CSV <kbd>E</kbd></a>
        </div>
      </div>
      <FilterBar place={place} known={known} sums />
      {error && data && <Stale error={error} what="The costs" />}
      {data ? <Summary data={data} month={month.data} words={lengthWords(place.range)} preset={isPreset(place.range)} untagged={rowsOf(place, { feature: "untagged" })} /> : error ? <section class="card mb"><Failure error={error} retry={retry} what="The costs" /></section> : <TilesLoading tiles={4} />}
      <div class="mb"><CostChart place={place} ask={ask} answer={series} estimated={data?.totals.cost_estimated ?? false} kind="bars" height={220} title="Cost over time" /></div>
      <MonthAhead place={place} tick={tick} />
      {data && <CostTable data={data} place={place} />}
      <div class="grid g2">{others.map((by) => <Other key={by} by={by} asked={{ ...ask, ...rangeQuery(place.range), ...compare }} id={`costs ${key} ${by} ${place.compare}`} place={place} tick={tick} />)}</div>
    </>
  );
}

function Other({ by, asked, id, place, tick }: { by: Dimension; asked: Record<string, string | boolean | undefined>; id: string; place: Shared["place"]; tick: number }): JSX.Element {
  const answer = useQuery(id, (signal) => api.costs(by, asked, signal), tick);
  return <SmallCostTable by={by} answer={answer} place={place} />;
}

interface Month {
  name: string;
  days: string;
  totals: Metrics;
}
// From the first of the month, in UTC, to now; whatever the range is.
function useMonth(ask: Record<string, string>, tick: number): { data: Month | null } {
  const now = new Date();
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const slow = Math.floor(tick / 8); // a month hardly moves
  const answer = useQuery(`month ${first.toISOString()} ${JSON.stringify(ask)}`, (signal) => api.overview({ ...ask, from: first.toISOString(), to: new Date().toISOString() }, signal), slow);
  return useMemo(() => {
    if (!answer.data) return { data: null };
    const length = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
    const passed = (Date.now() - first.getTime()) / (DAY_S * 1_000);
    return { data: { name: first.toLocaleDateString("en-GB", { month: "long", timeZone: "UTC" }), days: `${passed.toFixed(1)} of ${length} d`, totals: answer.data.totals } };
  }, [answer.data]);
}

function Summary({ data, month, words, preset, untagged }: { data: CostsData; month: Month | null; words: string; preset: boolean; untagged: string }): JSX.Element {
  const { totals, previous } = data;
  const sparks = data.rows.map((row) => row.spark);
  const spark = sparks[0]?.map((_, n) => sparks.reduce((sum, one) => sum + Number(one[n] ?? 0), 0));
  const per = (one: Metrics) => (one.requests - one.cost_unknown_requests > 0 ? (1_000 * Number(one.cost)) / (one.requests - one.cost_unknown_requests) : null);
  const [now, before] = [per(totals), previous ? per(previous) : null];
  const unpriced = totals.cost_unknown_requests;
  return (
    <section class="strip g4" aria-label="Costs">
      <Tile label={preset ? `Last ${words}` : `These ${words}`} value={<Maybe estimate={totals.cost_estimated} why={sumBand(totals)}>{money(totals.cost)}</Maybe>} spark={spark} aside={unpriced > 0 ? `${count(unpriced)} without a price` : undefined} note={totals.cost_estimated && totals.cost_low !== null && totals.cost_high !== null && totals.cost_low !== totals.cost_high ? `${money(totals.cost_low)} to ${money(totals.cost_high)}` : totals.cost_estimated ? "list prices, some tokens measured" : "list prices, exact tokens"} up="bad" moved={change(Number(totals.cost), previous ? Number(previous.cost) : null)} before={previous ? money(previous.cost) : undefined} />
      <Tile label={month ? `${month.name} so far` : "This month so far"} value={month ? <Maybe estimate={month.totals.cost_estimated} why={sumBand(month.totals)}>{money(month.totals.cost)}</Maybe> : <span class="dim">{none}</span>} note={month ? `${month.days}, ${count(month.totals.requests)} requests` : ""} />
      <Tile label="Per 1,000 requests" value={now === null ? <span class="dim">{none}</span> : <Maybe estimate={totals.cost_estimated} why={sumBand(totals)}>{dollars(now)}</Maybe>} note={now === null ? "no request with a price" : `${count(totals.requests)} requests`} up="bad" moved={change(now, before)} before={before === null ? undefined : dollars(before)} />
      <Tile label="Untagged share" value={data.untagged.share === null ? <span class="dim">{none}</span> : perCent(data.untagged.share).split("\u2009")[0]} unit={data.untagged.share === null ? undefined : "% of cost"} note={`${money(data.untagged.cost)} by ${count(data.untagged.requests)} requests without a feature`} href={untagged} />
    </section>
  );
}
