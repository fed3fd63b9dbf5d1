// Who spends what: one wide table, and narrow ones of the other dimensions that lead to it.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { csv } from "../api/client";
import type { CostRow, Costs, Dimension } from "../api/types";
import { shares } from "../lib/chart_math";
import { change, count, dollars, money, none, providerName, tokens } from "../lib/format";
import { forSums } from "../lib/filters";
import { lengthWords, rangeQuery } from "../lib/range";
import { go, href, rowsOf, type Place } from "../lib/route";
import { colourOf } from "../lib/series";
import type { Answer } from "../lib/use_query";
import { Bar, Failure, Lines, Maybe, MEASURED, Moved, Spark, SumCost } from "./parts";

const nameOf = (by: Dimension, row: CostRow): string => (by === "provider" ? providerName(row.name) : row.label || row.name || (by === "feature" ? "untagged" : by === "task" ? "no task" : "unknown"));
const perThousand = (row: CostRow): number | null => {
  const priced = row.metrics.requests - row.metrics.cost_unknown_requests;
  return priced > 0 && Number(row.metrics.cost) > 0 ? (1_000 * Number(row.metrics.cost)) / priced : null;
};
const allTokens = (row: CostRow): number => row.metrics.tokens_input + row.metrics.tokens_output;
const moved = (row: CostRow): number => (row.previous_cost === null || Number(row.previous_cost) === 0 ? -Infinity : Number(row.metrics.cost) / Number(row.previous_cost));

const COLUMNS: Record<string, (row: CostRow) => number> = {
  cost: (row) => Number(row.metrics.cost), requests: (row) => row.metrics.requests, per: (row) => perThousand(row) ?? -1, tokens: allTokens, change: moved,
};
const SHOWN = 100;

export function CostTable({ data, place }: { data: Costs; place: Place }): JSX.Element {
  const column = place.order.replace("-", "");
  const turned = place.order.startsWith("-");
  const by = COLUMNS[column] ? column : "cost";
  const percents = useMemo(() => new Map(shares(data.rows.map((row) => Number(row.metrics.cost))).map((percent, n) => [data.rows[n], percent])), [data]);
  const rows = useMemo(() => [...data.rows].sort((a, b) => (turned ? -1 : 1) * ((COLUMNS[by] as (row: CostRow) => number)(b) - (COLUMNS[by] as (row: CostRow) => number)(a))).slice(0, SHOWN), [data, by, turned]);
  const head = (name: string, label: string, cls = "num") => (
    <th class={cls} scope="col" aria-sort={by === name ? (turned ? "ascending" : "descending") : undefined}><button type="button" class="sort" onClick={() => go({ ...place, order: by === name && !turned ? `-${name}` : name }, "replace")}>{label}{by === name && <span aria-hidden="true">{turned ? " ↑" : " ↓"}</span>}</button></th>
  );
  const words = lengthWords(place.range);
  const sum = { metrics: data.totals } as CostRow;
  return (
    <section class="card mb">
      <header><h2>By {data.by}</h2><span class="dim">{count(data.rows.length)} {data.rows.length === 1 ? "entry" : "entries"} in {words}</span></header>
      {data.rows.length === 0 ? <div class="empty"><b>No request ended in this range.</b></div> : (
        <div class="scroll"><table class="table">
          <thead><tr><th scope="col">{data.by.charAt(0).toUpperCase() + data.by.slice(1)}</th>{head("cost", `Cost, ${words}`)}<th class="num" scope="col">Share</th>{head("requests", "Requests", "num p2")}{head("per", "Per 1,000", "num p2")}{head("tokens", "Tokens", "num p2")}{data.previous && head("change", "Change", "num")}<th class="p2 p4" scope="col">Over time</th></tr></thead>
          <tbody>
            {rows.map((row) => {
              const per = perThousand(row);
              return (
                <tr key={row.name ?? ""}>
                  <td class="c-name" title={nameOf(data.by, row)}><i class={`sw c${colourOf(data.by, row.name)}`} />{row.name ? <a class="row-link" href={rowsOf(place, { [data.by]: row.name })}>{nameOf(data.by, row)}</a> : nameOf(data.by, row)}</td>
                  <td class="num"><SumCost of={row.metrics} /></td>
                  <td class="num"><span class="withbar"><span class="p2"><Bar percent={percents.get(row) ?? 0} colour={colourOf(data.by, row.name)} /></span><span class="w52">{(percents.get(row) ?? 0).toFixed(1)}{" %"}</span></span></td>
                  <td class="num p2">{count(row.metrics.requests)}</td>
                  <td class="num p2">{per === null ? <span class="dim">{none}</span> : <Maybe estimate={row.metrics.cost_estimated} why={MEASURED}>{dollars(per)}</Maybe>}</td>
                  <td class="num p2"><Maybe estimate={row.metrics.tokens_estimated} why={MEASURED}>{tokens(allTokens(row))}</Maybe></td>
                  {data.previous && <td class="num">{Number(row.previous_cost ?? 0) === 0 ? <span class="dim">{Number(row.metrics.cost) > 0 ? "new" : none}</span> : <Moved by={change(Number(row.metrics.cost), Number(row.previous_cost))} up="bad" before={money(row.previous_cost)} />}</td>}
                  <td class="p2 p4 sp"><Spark values={row.spark.map(Number)} quiet label={`Cost of ${nameOf(data.by, row)} over time`} /></td>
                </tr>
              );
            })}
          </tbody>
          <tfoot><tr><td>All</td><td class="num"><SumCost of={data.totals} /></td><td class="num">{"100 %"}</td><td class="num p2">{count(data.totals.requests)}</td><td class="num p2">{perThousand(sum) === null ? none : <Maybe estimate={data.totals.cost_estimated} why={MEASURED}>{dollars(perThousand(sum) as number)}</Maybe>}</td><td class="num p2"><Maybe estimate={data.totals.tokens_estimated} why={MEASURED}>{tokens(allTokens(sum))}</Maybe></td>{data.previous && <td class="num"><Moved by={change(Number(data.totals.cost), Number(data.previous.cost))} up="bad" before={money(data.previous.cost)} /></td>}<td class="p2 p4" /></tr></tfoot>
        </table></div>
      )}
      {data.rows.length > SHOWN && <footer>The {SHOWN} first of {count(data.rows.length)}; all of them are in the CSV.</footer>}
    </section>
  );
}

const FEW = 6;
export function SmallCostTable({ by, answer, place }: { by: Dimension; answer: Answer<Costs>; place: Place }): JSX.Element {
  const { data, error, retry } = answer;
  const rows = useMemo(() => [...(data?.rows ?? [])].sort((a, b) => Number(b.metrics.cost) - Number(a.metrics.cost)), [data]);
  const percents = shares(rows.map((row) => Number(row.metrics.cost)));
  return (
    <section class="card">
      <header><h2>By {by}</h2><span class="act"><a class="btn quiet" href={csv("costs", { ...forSums(place.filters), ...rangeQuery(place.range), by })} download>CSV</a><a class="link" href={href({ ...place, by, order: "" })}>{rows.length > FEW ? `All ${rows.length}` : "More"}</a></span></header>
      {!data ? (error ? <Failure error={error} retry={retry} what={`Costs by ${by}`} /> : <Lines rows={4} />) : rows.length === 0 ? <div class="empty"><span>Nothing in this range.</span></div> : (
        <div class="scroll"><table class="table">
          <thead><tr><th scope="col">{by.charAt(0).toUpperCase() + by.slice(1)}</th><th class="num" scope="col">Cost</th><th class="num" scope="col">Share</th>{data.previous && <th class="num" scope="col">Change</th>}</tr></thead>
          <tbody>
            {rows.slice(0, FEW).map((row, n) => (
              <tr key={row.name ?? ""}>
                <td class="c-name small" title={nameOf(by, row)}>{row.name ? <a class="row-link" href={rowsOf(place, { [by]: row.name })}>{nameOf(by, row)}</a> : nameOf(by, row)}</td>
                <td class="num"><SumCost of={row.metrics} /></td>
                <td class="num"><span class="withbar"><span class="p2 p4"><Bar percent={percents[n] ?? 0} /></span><span class="w52">{(percents[n] ?? 0).toFixed(1)}{" %"}</span></span></td>
                {data.previous && <td class="num">{Number(row.previous_cost ?? 0) === 0 ? <span class="dim">{Number(row.metrics.cost) > 0 ? "new" : none}</span> : <Moved by={change(Number(row.metrics.cost), Number(row.previous_cost))} up="bad" before={money(row.previous_cost)} />}</td>}
              </tr>
            ))}
          </tbody>
        </table></div>
      )}
    </section>
  );
}
