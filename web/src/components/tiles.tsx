// The figures of the chosen range: number first, shape second, then what it is made of and how it changed.
import type { ComponentChildren, JSX } from "preact";
import type { Metrics, Timeseries } from "../api/types";
import { ENOUGH } from "../lib/chart_math";
import { change, changeOfShare, changeOfTime, count, dollars, duration, durationParts, money, none, perCent, rate, share, tokens, type Change } from "../lib/format";
import { MEASURED, Maybe, Moved, Spark, sumBand } from "./parts";

export interface TileProps {
  label: string;
  aside?: string | undefined;
  value: ComponentChildren;
  unit?: string | undefined;
  spark?: (number | null)[] | undefined;
  note: ComponentChildren;
  moved?: Change | null;
  up?: "bad" | "good" | "neither";
  before?: string | undefined;
  href?: string;
}
export function Tile({ label, aside, value, unit, spark, note, moved, up, before, href }: TileProps): JSX.Element {
  const inner = (
    <>
      <span class="label"><span class="t">{label}</span>{aside && <span class="dim">{aside}</span>}</span>
      <span class="v">{value}{unit && <span class="unit">{unit}</span>}</span>
      {spark && spark.some((one) => one !== null) ? <Spark values={spark} label={`Trend of ${label.toLowerCase()}`} /> : <span />}
      <span class="n"><span class="t">{note}</span><Moved by={moved ?? null} {...(up ? { up } : {})} {...(before ? { before } : {})} /></span>
    </>
  );
  return href ? <a class="stat" href={href}>{inner}</a> : <div class="stat">{inner}</div>;
}

// A rate or a duration per hour reads better per day when it is small.
export function costRate(cost: string, seconds: number): { value: string; unit: string; factor: number } {
  const hourly = (Number(cost) * 3_600) / seconds;
  return hourly > 0 && hourly < 0.01 ? { value: dollars(hourly * 24), unit: "/d", factor: 86_400 } : { value: dollars(hourly), unit: "/h", factor: 3_600 };
}

const numbers = (series: Timeseries | null, metric: string): (number | null)[] | undefined => {
  const found = series?.metrics[metric]?.all;
  if (!series || !found) return undefined;
  const values = found.values.map((value) => (value === null ? null : Number(value)));
  return series.partial_last && values.length > 2 ? values.slice(0, -1) : values; // a bucket that still fills would always point down
};

interface TilesProps {
  totals: Metrics;
  previous: Metrics | null;
  seconds: number;
  words: string;
  volume: Timeseries | null;
  spend: Timeseries | null;
  speed: Timeseries | null;
  rows: string;
  failed: string;
  slow: string;
  costs: string;
}
export function Tiles({ totals, previous, seconds, words, volume, spend, speed, rows, failed, slow, costs }: TilesProps): JSX.Element {
  const errors = share(totals.errors, totals.requests).split("\u2009");
  const few = totals.requests < ENOUGH;
  const latency = durationParts(totals.latency_p95_us);
  const first = durationParts(totals.ttfb_p95_us);
  const tooFew = totals.requests === 0 ? "no requests" : "too few to judge (< 20)";
  const cost = costRate(totals.cost, seconds);
  const priced = totals.requests > totals.cost_unknown_requests;
  const gone = previous && previous.requests >= ENOUGH ? previous : null;
  return (
    <section class="strip g5" aria-label="Figures">
      <Tile label="Requests per minute" value={rate(totals.requests, seconds)} unit="req/min" spark={numbers(volume, "requests")} note={`${count(totals.requests)} in ${words}`} moved={change(totals.requests, previous?.requests ?? null)} before={previous ? count(previous.requests) : undefined} href={rows} />
      <Tile label="Error rate" value={errors[0]} unit={errors[1]} spark={numbers(speed, "error_rate")} note={`${count(totals.errors)} failed`} up="bad" moved={changeOfShare(totals.error_rate, previous?.error_rate ?? null)} before={previous ? perCent(previous.error_rate) : undefined} href={failed} />
      <Tile label="P95 latency" value={few ? <span class="dim">{none}</span> : latency.value} unit={few ? undefined : latency.unit} spark={few ? undefined : numbers(speed, "latency_p95")} note={few ? tooFew : `median ${duration(totals.latency_p50_us)}`} up="bad" moved={few || !gone ? null : changeOfTime(totals.latency_p95_us, gone.latency_p95_us)} before={gone ? duration(gone.latency_p95_us) : undefined} href={slow} />
      <Tile label="P95 first byte" value={few || totals.ttfb_p95_us === null ? <span class="dim">{none}</span> : first.value} unit={few ? undefined : first.unit} spark={few ? undefined : numbers(speed, "ttfb_p95")} note={few ? tooFew : `${share(totals.streaming, totals.requests)} streamed`} up="bad" moved={few || !gone ? null : changeOfTime(totals.ttfb_p95_us, gone.ttfb_p95_us)} before={gone ? duration(gone.ttfb_p95_us) : undefined} href={rows} />
      <Tile label={cost.unit === "/h" ? "Cost per hour" : "Cost per day"} value={priced ? <Maybe estimate={totals.cost_estimated} why={sumBand(totals)}>{cost.value}</Maybe> : <span class="dim">{none}</span>} unit={priced ? cost.unit : undefined} spark={priced ? numbers(spend, "cost") : undefined}
        aside={totals.cost_unknown_requests > 0 ? `${count(totals.cost_unknown_requests)} without a price` : undefined} note={<><Maybe estimate={totals.cost_estimated} why={sumBand(totals)}>{priced ? money(totals.cost) : none}</Maybe> in {words}</>} up="bad" moved={change(Number(totals.cost), previous ? Number(previous.cost) : null)} before={previous ? money(previous.cost) : undefined} href={costs} />
    </section>
  );
}

export const TokensNote = ({ totals }: { totals: Metrics }): JSX.Element => (
  <Maybe estimate={totals.tokens_estimated} why={MEASURED}>{tokens(totals.tokens_input)} / {tokens(totals.tokens_output)}</Maybe>
);

export function TilesLoading({ tiles }: { tiles: number }): JSX.Element {
  return (
    <section class={`strip g${tiles}`} aria-label="Figures" aria-busy="true">
      {Array.from({ length: tiles }, (_, n) => (
        <div class="stat" key={n}><span class="label"><span class="skel w60" /></span><span class="v"><span class="skel tall w80" /></span><span /><span class="n"><span class="skel w40" /></span></div>
      ))}
    </section>
  );
}
