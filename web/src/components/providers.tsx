import type { JSX } from "preact";
import type { Overview, ProviderRow } from "../api/types";
import { count, money, none, providerName, share, tokens } from "../lib/format";
import { href, type Place } from "../lib/route";
import { Maybe, Took } from "./parts";

const ENOUGH = 20;
const WHY = "some tokens were measured, not reported by the provider";

function Row({ row, total, place }: { row: ProviderRow; total: number; place: Place }): JSX.Element {
  const part = total === 0 ? 0 : (100 * row.requests) / total;
  const name = providerName(row.provider);
  return (
    <tr>
      <td>{row.provider ? <a class="row-link" href={href({ ...place, page: "requests", filters: { provider: row.provider }, row: null })}>{name}</a> : <span class="dim">{name}</span>}</td>
      <td class="num">{count(row.requests)}</td>
      <td class="num p2"><span class="withbar"><svg class="bar inl p3" aria-hidden="true"><rect class="f" width={`${part.toFixed(2)}%`} height="100%" /></svg><span class="w52">{share(row.requests, total)}</span></span></td>
      <td class="num p2"><Took us={row.latency_avg_us} /></td>
      <td class="num">{row.requests < ENOUGH ? <span class="dim" title="too few to judge (< 20)">{none}</span> : <Took us={row.latency_p95_us} />}</td>
      <td class="num p2">{share(row.requests - row.errors, row.requests)}</td>
      <td class="num">{count(row.errors)}</td>
      <td class="num p2 wide">{tokens(row.tokens_input)}<span class="dim"> / </span>{tokens(row.tokens_output)}</td>
      <td class="num">{row.cost === null ? <span class="dim">no price</span> : <Maybe estimate={row.cost_estimated} why={WHY}>{money(row.cost)}</Maybe>}</td>
    </tr>
  );
}

export function Providers({ data, place }: { data: Overview; place: Place }): JSX.Element {
  return (
    <section class="card mb">
      <header><h2>Providers</h2><span class="dim">latency, success and cost of what each served</span></header>
      {data.providers.length === 0 ? (
        <div class="empty"><span>No provider was asked in this range.</span></div>
      ) : (
        <div class="scroll"><table class="table">
          <thead><tr><th>Provider</th><th class="num">Requests</th><th class="num p2">Share</th><th class="num p2">Avg</th><th class="num">P95</th><th class="num p2">Success</th><th class="num">Failed</th><th class="num p2 wide">Tokens in / out</th><th class="num">Cost</th></tr></thead>
          <tbody>{data.providers.map((row) => <Row key={row.provider ?? ""} row={row} total={data.requests} place={place} />)}</tbody>
        </table></div>
      )}
    </section>
  );
}
