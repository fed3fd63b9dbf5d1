import type { JSX } from "preact";
import type { Me, Overview as Figures } from "../api/types";
import { FirstRun } from "../components/first_run";
import { RANGE_WORDS } from "../components/frame";
import { Failure } from "../components/parts";
import { Providers } from "../components/providers";
import { RequestList } from "../components/request_list";
import { Tiles, TilesLoading } from "../components/tiles";
import { day, minute } from "../lib/format";
import { href, type Place } from "../lib/route";
import type { Polled } from "../lib/use_poll";
import type { Rows } from "../lib/use_rows";

const NEWEST = 12;

export function Overview({ me, place, figures, rows, hold }: { me: Me; place: Place; figures: Polled<Figures>; rows: Rows; hold: (held: boolean) => void }): JSX.Element {
  const { data, error, retry } = figures;
  const untouched = data !== null && data.requests === 0 && !rows.loading && !rows.error && rows.shown.length === 0;
  const sub = untouched ? "nothing has passed yet" : data ? `${RANGE_WORDS[place.range]} to ${day(data.to)}, ${minute(data.to)} UTC` : "";
  return (
    <>
      <div class="head"><h1>Overview</h1><span class="sub">{sub}</span></div>
      {untouched ? (
        <FirstRun proxy_url={me.proxy_url} />
      ) : (
        <>
          {data ? <Tiles data={data} range={place.range} /> : error ? <section class="card mb"><Failure error={error} retry={retry} what="The figures" /></section> : <TilesLoading />}
          {data && <Providers data={data} place={place} />}
          <section class="card">
            <header><h2>Newest requests</h2><span class="act"><a class="link" href={href({ ...place, page: "requests", row: null })}>All requests</a></span></header>
            <RequestList rows={rows} place={place} limit={NEWEST} holding={hold} />
          </section>
        </>
      )}
    </>
  );
}
