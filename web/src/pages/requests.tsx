import type { JSX } from "preact";
import { api, csv } from "../api/client";
import { Histogram } from "../components/charts";
import { FilterBar } from "../components/filter_bar";
import { RequestList } from "../components/request_list";
import { count } from "../lib/format";
import { field, forSums, listOnly } from "../lib/filters";
import { rangeQuery, rangeText, rangeWords } from "../lib/range";
import { go } from "../lib/route";
import { useLive } from "../lib/use_live";
import { useQuery } from "../lib/use_query";
import type { Rows } from "../lib/use_rows";
import type { Shared } from "../app";

export function Requests({ place, rows, hold, known }: Shared & { rows: Rows }): JSX.Element {
  const { tick } = useLive();
  const ask = forSums(place.filters);
  const series = useQuery(`histogram ${JSON.stringify([rangeText(place.range), ask])}`, (signal) => api.timeseries({ ...ask, ...rangeQuery(place.range), metric: "requests,errors", by: "none" }, signal), tick);
  const all = series.data?.metrics["requests"]?.all;
  const failed = series.data?.metrics["errors"]?.all;
  const only = listOnly(place.filters).filter((name) => name !== "errors").map((name) => field(name)?.label ?? name); // the chart knows both outcomes
  const some = place.filters["errors"] === "true" ? Number(failed?.total ?? 0) : place.filters["errors"] === "false" ? Number(all?.total ?? 0) - Number(failed?.total ?? 0) : null;
  const sorted = place.sort !== "time";
  return (
    <>
      <div class="head">
        <h1>Requests</h1>
        {all && <span class="sub"><b class="strong">{count(Number(all.total))}</b> in {rangeWords(place.range)}, {count(Number(failed?.total ?? 0))} failed{only.length > 0 && `; not narrowed by ${only.join(", ")}`}</span>}
        <div class="act">
          {sorted && <button class="btn" type="button" onClick={() => go({ ...place, sort: "time" })}>Sorted by {place.sort === "ttfb" ? "first byte" : place.sort} ✕</button>}
          <button class="btn d-only" type="button" aria-pressed={place.table} onClick={() => go({ ...place, table: !place.table }, "replace")}>{place.table ? "Chart" : "Table"} <kbd>V</kbd></button>
          <a class="btn" href={csv("requests", { ...place.filters, ...rangeQuery(place.range), ...(sorted ? { sort: place.sort } : {}) })} download>CSV <kbd>E</kbd></a>
        </div>
      </div>
      <FilterBar place={place} known={known} />
      <Histogram place={place} ask={ask} answer={series} note={only.length > 0 ? `not narrowed by ${only.join(", ")}` : null} />
      <section class="card">
        {rows.waiting > 0 && <button class="arrived" type="button" onClick={rows.release}>{sorted ? `${count(rows.waiting)} ended since; sort again` : `Paused, ${count(rows.waiting)} new: show`}</button>}
        <RequestList rows={rows} place={place} holding={hold} />
        <footer><span>{count(rows.shown.length)} {sorted ? "first" : "newest"}{all && only.length === 0 ? ` of ${count(some ?? Number(all.total))}` : ""}</span><span class="d-only">{sorted ? "Sorted lists don't move by themselves." : "New rows arrive on top; scrolling, hovering or selecting holds the list still."}</span></footer>
      </section>
    </>
  );
}
