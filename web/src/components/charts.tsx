// The charts of the pages: which figures they show, and how these read.
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { csv } from "../api/client";
import type { MetricSeries, SeriesData, Timeseries } from "../api/types";
import { covered, percentiles } from "../lib/chart_math";
import { count, countTick, dollars, duration, moneyTick, money, providerName } from "../lib/format";
import { rangeQuery, rangeWords, span } from "../lib/range";
import { go, onPage, rowsOf, type Place } from "../lib/route";
import { coloursOf } from "../lib/series";
import type { Answer } from "../lib/use_query";
import { Chart, type ChartLine, type Marker } from "./chart";
import { Failure, Lines, Maybe, MEASURED } from "./parts";

interface Common {
  place: Place;
  ask: Record<string, string>;
  answer: Answer<Timeseries>;
  height?: number;
  spans?: Marker[] | undefined;
}

const at = (time: string): number => Date.parse(time) / 1_000;
const value = (one: SeriesData, n: number): number | null => {
  const found = one.values[n] ?? null;
  return found === null ? null : Number(found);
};
export const nameOf = (by: string, one: SeriesData): string => (by === "provider" ? providerName(one.name ?? null) : one.label || one.name || (by === "task" ? "no task" : by === "feature" ? "untagged" : "unknown"));
// What narrows the list to one line of a chart. A value that is not there can't be asked for.
function narrowed(place: Place, by: string, one: SeriesData): string | undefined {
  return one.name ? rowsOf(place, { [by]: one.name }) : undefined;
}

export function actions(place: Place): { zoom: (from: number, to: number) => void; unzoom: (() => void) | undefined; open: (from: number, to: number) => void } {
  return {
    zoom: (from, to) => go({ ...place, range: span(Math.floor(from / 60) * 60_000, Math.max(Math.ceil(to / 60), Math.floor(from / 60) + 1) * 60_000), row: null }),
    unzoom: typeof place.range === "string" ? undefined : () => history.back(),
    open: (from, to) => go(onPage(place, "requests", { range: span(from * 1_000, to * 1_000) })),
  };
}

// A card that holds a place for its chart: loading, broken, nothing to show.
export function Holder({ title, answer, what, height, children }: { title: string; answer: Answer<unknown>; what: string; height: number; children?: ComponentChildren }): JSX.Element {
  return (
    <section class="card chart-card">
      <header><h2>{title}</h2></header>
      {answer.error ? <Failure error={answer.error} retry={answer.retry} what={what} /> : (children ?? <div class={`hold h${height}`} aria-busy="true"><Lines rows={3} /></div>)}
    </section>
  );
}

const NOTHING = <span>No requests in this range.</span>;
export const Blank = ({ title, answer, height, children }: { title: string; answer: Answer<unknown>; height: number; children: ComponentChildren }): JSX.Element => (
  <Holder title={title} answer={{ ...answer, error: null }} what={title} height={height}><div class={`hold h${height} empty`}>{children}</div></Holder>
);

interface Grouped {
  lines: ChartLine[];
  times: number[];
  spans: number[];
  first: number; // steps left out at the beginning
  partial: boolean;
}
// The largest first, then "other" in grey. Each line knows the rows behind it.
function grouped(data: Timeseries, metric: MetricSeries, place: Place, scale: (value: number, seconds: number) => number, total: (one: SeriesData) => ComponentChildren, rates = false): Grouped {
  const all = data.times.map(at);
  // The rate of a step that hardly lies in the range is a guess: at both ends they are left out.
  const hardly = (start: number | undefined) => rates && all.length > 4 && start !== undefined && covered(start, data.step_s, at(data.from), at(data.to)) < data.step_s * 0.4;
  const first = hardly(all[0]) ? 1 : 0;
  const begun = hardly(all.at(-1));
  const times = all.slice(first, begun ? -1 : undefined);
  const spans = times.map((start) => covered(start, data.step_s, at(data.from), at(data.to)));
  const colours = coloursOf(data.by, metric.series.map((one) => one.name ?? null));
  const values = (one: SeriesData) => times.map((_, n) => scale(value(one, n + first) ?? 0, spans[n] as number));
  const lines = metric.series.map((one, n): ChartLine => {
    const rows = narrowed(place, data.by, one);
    return { name: nameOf(data.by, one), colour: colours[n] ?? 0, values: values(one), total: total(one), ...(rows ? { href: rows } : {}) };
  });
  const other = metric.other;
  if (other && Number(other.total) > 0) lines.push({ name: "other", colour: 0, values: values(other), total: total(other) });
  return { lines, times, spans, first, partial: data.partial_last && !begun };
}
const whole = (metric: MetricSeries, n: number): number | null => (metric.all ? value(metric.all, n) : metric.series.reduce((sum, one) => sum + (value(one, n) ?? 0), 0));

const NO_MARKS: Marker[] = [];
export function RequestChart({ place, ask, answer, height = 176, spans = NO_MARKS }: Common): JSX.Element {
  const { data } = answer;
  const metric = data?.metrics["requests"];
  const made = useMemo(() => (data && metric ? grouped(data, metric, place, (many, seconds) => (many * 60) / seconds, (one) => count(Number(one.total)), true) : null), [data, place]);
  if (!data || !metric || !made) return <Holder title="Requests" answer={answer} what="The requests over time" height={height} />;
  if (made.lines.length === 0) return <Blank title="Requests" answer={answer} height={height}>{NOTHING}</Blank>;
  const read = (perMinute: number) => <>{perMinute.toLocaleString("en-US", { maximumFractionDigits: perMinute < 10 ? 2 : 1 })}</>;
  return (
    <Chart title="Requests" unit="req/min" says={`Requests per minute by ${data.by}, ${rangeWords(place.range)}.`} kind="area" times={made.times} step={data.step_s} lines={made.lines} spans={spans} partial={made.partial} height={height} table={place.table}
      tick={countTick} read={read} sum={(n) => <>{read(((whole(metric, n + made.first) ?? 0) * 60) / (made.spans[n] as number))} <span class="unit">/min</span></>}
      csv={csv("timeseries", { ...ask, ...rangeQuery(place.range), metric: "requests", by: data.by, top: 20 })} {...actions(place)} />
  );
}

interface CostProps extends Common {
  per?: number; // seconds; absent: per step
  estimated: boolean;
  kind?: "area" | "bars";
  title?: string;
}
export function CostChart({ place, ask, answer, per, estimated, height = 176, kind = "area", title = "Cost", spans = NO_MARKS }: CostProps): JSX.Element {
  const { data } = answer;
  const metric = data?.metrics["cost"];
  const scale = (amount: number, seconds: number) => (per ? (amount * per) / seconds : amount);
  const total = (one: SeriesData) => money(String(one.total ?? "0"));
  const made = useMemo(() => (data && metric ? grouped(data, metric, place, scale, total, per !== undefined) : null), [data, place, per]);
  if (!data || !metric || !made) return <Holder title={title} answer={answer} what="The cost over time" height={height} />;
  if (made.lines.length === 0) return <Blank title={title} answer={answer} height={height}>{NOTHING}</Blank>;
  const unit = per ? (per === 3_600 ? "$/h" : "$/d") : "$";
  const read = (amount: number) => <Maybe estimate={estimated} why={MEASURED}>{dollars(amount)}</Maybe>;
  return (
    <Chart title={title} unit={estimated ? `≈ ${unit}` : unit} says={`Cost ${per ? `per ${per === 3_600 ? "hour" : "day"} ` : ""}by ${data.by}, ${rangeWords(place.range)}.`} kind={kind} times={made.times} step={data.step_s} lines={made.lines} spans={spans} partial={made.partial} height={height} table={place.table}
      tick={moneyTick} read={read} sum={(n) => <>{read(scale(whole(metric, n + made.first) ?? 0, made.spans[n] as number))}{per && <span class="unit">{unit.slice(1)}</span>}</>}
      csv={csv("timeseries", { ...ask, ...rangeQuery(place.range), metric: "cost", by: data.by, top: 20, step: `${data.step_s}s` })} {...actions(place)} />
  );
}

const SPEEDS = [["latency_p50", "median total", 2], ["latency_p95", "P95 total", 1], ["ttfb_p95", "P95 first byte", 4]] as const;
export function SpeedChart({ place, ask, answer, height = 176, spans = NO_MARKS }: Common): JSX.Element {
  const { data } = answer;
  const made = useMemo(() => {
    if (!data) return null;
    const requests = data.metrics["latency_p95"]?.all?.requests ?? data.times.map(() => Infinity);
    const lines = SPEEDS.map(([metric, name, colour]): ChartLine => {
      const all = data.metrics[metric]?.all;
      const whole = all?.total === null || all?.total === undefined ? undefined : duration(Number(all.total));
      return { name, colour, values: percentiles(data.times.map((_, n) => (all ? value(all, n) : null)), requests), ...(whole ? { total: whole } : {}) };
    });
    return { lines, requests, times: data.times.map(at) };
  }, [data]);
  if (!data || !made) return <Holder title="Speed" answer={answer} what="The latencies over time" height={height} />;
  if (made.lines.every((line) => line.values.every((one) => one === null))) {
    return <Blank title="Speed" answer={answer} height={height}>{made.requests.some((many) => many > 0) ? <span>Too few requests in each step to judge (under 20).</span> : NOTHING}</Blank>;
  }
  return (
    <Chart title="Speed" unit="latency" says={`Latency: median, P95 and P95 to the first byte, ${rangeWords(place.range)}.`} kind="lines" times={made.times} step={data.step_s} lines={made.lines} spans={spans} partial={data.partial_last} height={height} table={place.table}
      tick={(us) => (us === 0 ? "0" : duration(us).replace(/\.0+(?=\D)/, "").replace(/(\.\d*?)0+(?=\D)/, "$1"))} read={(us) => duration(us)} nothing={(n) => ((made.requests[n] ?? 0) === 0 ? "no requests" : "fewer than 20")}
      csv={csv("timeseries", { ...ask, ...rangeQuery(place.range), metric: "latency_p95", by: "none", step: `${data.step_s}s` })} {...actions(place)} />
  );
}

export function FailureChart({ place, ask, answer, height = 176, spans = NO_MARKS }: Common): JSX.Element {
  const { data } = answer;
  const metric = data?.metrics["errors"];
  const made = useMemo(() => (data && metric ? grouped(data, metric, { ...place, filters: { ...place.filters, errors: "true" } }, (many) => many, (one) => count(Number(one.total))) : null), [data, place]);
  if (!data || !metric || !made) return <Holder title="Failed" answer={answer} what="The failures over time" height={height} />;
  if (made.lines.every((line) => line.values.every((many) => !many))) {
    return <Blank title="Failed" answer={answer} height={height}><span>Nothing failed in this range.</span></Blank>;
  }
  const rows = { ...place, filters: { ...place.filters, errors: "true" } };
  return (
    <Chart title="Failed" unit="requests per step by provider" says={`Failed requests by provider, ${rangeWords(place.range)}.`} kind="bars" times={made.times} step={data.step_s} lines={made.lines.filter((line) => line.values.some((many) => many))} spans={spans} partial={data.partial_last} height={height} table={place.table}
      whole tick={countTick} read={(many) => count(many)} sum={(n) => count(whole(metric, n))} csv={csv("timeseries", { ...ask, ...rangeQuery(place.range), metric: "errors", by: "provider", top: 20 })} {...actions(place)} open={actions(rows).open} />
  );
}

// Above the request list: how many ended when, and how many of them failed.
export function Histogram({ place, ask, answer, note }: Common & { note: string | null }): JSX.Element {
  const { data } = answer;
  const made = useMemo(() => {
    const [all, errors] = [data?.metrics["requests"]?.all, data?.metrics["errors"]?.all];
    if (!data || !all || !errors) return null;
    const of = (one: SeriesData) => data.times.map((_, n) => value(one, n) ?? 0);
    const [many, failed] = [of(all), of(errors)];
    const lines: ChartLine[] = [
      { name: "succeeded", colour: 0, values: many.map((total, n) => Math.max(0, total - (failed[n] as number))), total: count(Number(all.total) - Number(errors.total)), href: rowsOf(place, { errors: "false" }) },
      { name: "failed", colour: "crit", values: failed, total: count(Number(errors.total)), href: rowsOf(place, { errors: "true" }) },
    ];
    return { lines, many, times: data.times.map(at) };
  }, [data, place]);
  if (!data || !made) return <div class="mb"><Holder title="Requests over time" answer={answer} what="The requests over time" height={84} /></div>;
  return (
    <div class="mb">
      <Chart title="Requests over time" unit="requests per step" says={`Requests that ended in each step, ${rangeWords(place.range)}.`} kind="bars" times={made.times} step={data.step_s} lines={made.lines} partial={data.partial_last} height={84} table={place.table}
        whole tick={countTick} read={(many) => count(many)} sum={(n) => count(made.many[n] ?? 0)} csv={csv("timeseries", { ...ask, ...rangeQuery(place.range), metric: "requests", by: "status_class" })}
        head={note && <span class="dim">{note}</span>} {...actions(place)} open={(from, to) => go({ ...place, range: span(from * 1_000, to * 1_000), row: null })} />
    </div>
  );
}
