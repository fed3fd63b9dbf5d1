// The table behind a chart, newest first.
import type { JSX } from "preact";
import { bucketWords } from "../lib/chart_math";
import { bandAt, type ChartProps } from "./chart";

const SHOWN = 200;

export function DataTable({ title, times, step, lines: drawn, read, nothing, sum, partial, band }: ChartProps): JSX.Element {
  const lines = drawn.filter((line) => !line.again);
  const order = times.map((_, n) => times.length - 1 - n).slice(0, SHOWN);
  return (
    <div class="scroll behind" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table class="table">
        <thead><tr><th scope="col">Time, UTC</th>{lines.map((line, n) => <th scope="col" class="num" key={n}><span class="cuth" title={line.name}>{line.name}</span></th>)}{band && <th scope="col" class="num">{band.name}</th>}{sum && <th scope="col" class="num">All</th>}</tr></thead>
        <tbody>
          {order.map((n) => (
            <tr key={times[n]}>
              <td>{bucketWords(times[n] as number, step)}{partial && n === times.length - 1 && <span class="dim"> · still filling</span>}</td>
              {lines.map((line, at) => {
                const value = line.values[n] ?? null;
                return <td class="num" key={at}>{value === null ? <span class="dim">{nothing?.(n) ?? "–"}</span> : read(value)}</td>;
              })}
              {band && <td class="num">{bandAt({ band, read }, n)}</td>}
              {sum && <td class="num">{sum(n)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
