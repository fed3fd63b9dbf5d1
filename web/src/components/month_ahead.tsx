// What the month will have cost at its end, and who moved since the week before.
import type { JSX } from "preact";
import { insight, type Trends } from "../api/insight";
import { money, perCent } from "../lib/format";
import type { Place } from "../lib/route";
import { useQuery } from "../lib/use_query";
import { Failure, Lines, Maybe, MEASURED } from "./parts";

const MOVES = { changed: "", new: "new", gone: "gone" } as const;
const signed = (change: string): string => (change.startsWith("-") ? `−${money(change.slice(1))}` : `+${money(change)}`);

export function MonthAhead({ place, tick }: { place: Place; tick: number }): JSX.Element {
  const { data, error, retry } = useQuery(`trends ${place.by}`, (signal) => insight.trends(place.by, signal), Math.floor(tick / 8));
  if (!data) return <section class="card mb">{error ? <Failure error={error} retry={retry} what="The trends" /> : <Lines rows={3} />}</section>;
  return (
    <section class="card mb"><header><h2>Trends by {data.by}</h2><span class="dim says">of the whole org; moved: the last 7 days against the 7 before</span></header>
      <div class="body"><Ahead month={data.month} /></div>
      {data.movers.rows.length > 0 && <table class="table"><thead><tr><th>Moved</th><th class="num p2">Before</th><th class="num">7 days</th><th class="num">Change</th><th class="num p2">Of all changes</th></tr></thead>
        <tbody>{data.movers.rows.map((row) => (
          <tr key={String(row.name)}><td class="cut">{row.label ?? row.name ?? "none"} <span class="dim">{MOVES[row.move]}</span></td><td class="num p2"><Maybe estimate={row.cost_estimated} why={MEASURED}>{money(row.before)}</Maybe></td><td class="num"><Maybe estimate={row.cost_estimated} why={MEASURED}>{money(row.now)}</Maybe></td><td class="num"><Maybe estimate={row.cost_estimated} why={MEASURED}>{signed(row.change)}</Maybe></td><td class="num p2">{perCent(row.share)}</td></tr>
        ))}</tbody></table>}
    </section>
  );
}

function Ahead({ month: { forecast } }: { month: Trends["month"] }): JSX.Element {
  const spent = <Maybe estimate={forecast.cost_estimated} why={MEASURED}>{money(forecast.spent)}</Maybe>;
  if (!forecast.ready) return <p class="dim">{spent} this month so far. A forecast needs a week with spend; there are {forecast.days_known} days.</p>;
  const band = `80 % band: ${money(forecast.low)} to ${money(forecast.high)}`;
  return <p>{spent} this month so far; at its end <Maybe estimate why={band}><b>{money(forecast.value)}</b></Maybe> <span class="dim">(80 % band {money(forecast.low)} to {money(forecast.high)})</span></p>;
}
