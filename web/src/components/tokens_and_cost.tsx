import type { JSX } from "preact";
import type { RequestDetail } from "../api/types";
import { date, dollars, count, money, none } from "../lib/format";
import { Cost, Maybe, tokenBand } from "./parts";

interface Class {
  name: string;
  colour: number;
  tokens: number;
  price: string | null;
}
// Input holds the cached and the written ones, output the reasoning: taken apart, so that the lines add up.
function classes(row: RequestDetail): Class[] {
  const { tokens_input: input, tokens_output: output, tokens_cached: cached, tokens_cache_write: written, tokens_reasoning: reasoning, tokens_audio: audio } = row;
  const price = row.price?.per_million ?? {};
  const found: Class[] = [];
  const add = (name: string, tokens: number | null, per: string | null | undefined) => {
    if (tokens !== null && tokens > 0) found.push({ name, colour: (found.length % 5) + 1, tokens, price: per ?? null });
  };
  if (input !== null) add(cached || written ? "Input, not cached" : "Input", input - (cached ?? 0) - (written ?? 0), price.input);
  add("Input, cached", cached, price.cached ?? price.input);
  add("Input, written to cache", written, price.cache_write ?? price.input);
  if (output !== null) add(reasoning ? "Output, text" : "Output", output - (reasoning ?? 0), price.output);
  add("Output, reasoning", reasoning, price.reasoning ?? price.output);
  if (audio) add("Audio, of the above", audio, null);
  return found;
}
const costOf = (one: Class): number | null => (one.price === null ? null : (one.tokens * Number(one.price)) / 1e6);

export function Counted({ row, whole }: { row: RequestDetail; whole: boolean }): JSX.Element {
  const lines = classes(row);
  const measured = row.token_source === "measured";
  const total = (row.tokens_input ?? 0) + (row.tokens_output ?? 0);
  const priced = lines.some((one) => one.price !== null);
  const costs = lines.map((one) => costOf(one) ?? 0);
  const sum = costs.reduce((all, one) => all + one, 0);
  const { price } = row;
  const dated = price ? (price.as_of === null ? "the org's own prices" : `prices as of ${date(price.as_of)}`) : row.price_version ? `prices ${row.price_version}` : "";
  const moved = priced && row.cost !== null && sum > 0 && Math.abs(sum - Number(row.cost)) > 0.01 * sum;
  if (lines.length === 0) return <section><h2>Tokens and cost</h2><p class="dim">{whole || row.tokens_input === null ? "Neither the provider nor the stream told any tokens." : "No tokens."}</p></section>;
  let x = 0;
  return (
    <section>
      <h2>Tokens and cost <span class="r">{dated}</span></h2>
      <table class="cmp">
        <thead><tr><th scope="col">Class</th><th scope="col">Tokens</th>{priced && <th scope="col">$ per 1 M</th>}<th scope="col">Cost</th></tr></thead>
        <tbody>
          {lines.map((one) => (
            <tr key={one.name}><td><i class={`sw c${one.colour}`} />{one.name}</td>
              <td><Maybe estimate={measured} why={tokenBand(row)}>{count(one.tokens)}</Maybe>{measured && one.name.startsWith("Output") && row.tokens_output_low !== null && <span class="band"> {count(row.tokens_output_low)} to {row.tokens_output_high === null ? "more" : count(row.tokens_output_high)}</span>}</td>
              {priced && <td>{one.price === null ? <span class="dim">{none}</span> : Number(one.price).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 })}</td>}
              <td>{costOf(one) === null ? priced && <span class="dim">{none}</span> : <Maybe estimate={measured} why={tokenBand(row)}>{dollars(costOf(one) as number)}</Maybe>}</td></tr>
          ))}
          <tr><td class="strong">Sum</td><td><Maybe estimate={measured} why={tokenBand(row)}>{count(total)}</Maybe></td>{priced && <td />}<td class="strong"><Cost row={row} /></td></tr>
        </tbody>
      </table>
      {sum > 0 && <svg class="bar mt" role="img" aria-label={`Cost by class: ${lines.map((one, n) => `${one.name} ${Math.round((100 * (costs[n] as number)) / sum)} %`).join(", ")}`}>
        {lines.map((one, n) => {
          const width = (100 * (costs[n] as number)) / sum;
          const at = x;
          x += width;
          return <rect key={one.name} class={`f${one.colour}`} x={`${at.toFixed(2)}%`} width={`${width.toFixed(2)}%`} height="100%" />;
        })}
      </svg>}
      {moved && <p class="dim note">The lines show {price?.as_of === null ? "the org's own prices" : `the prices ${price?.version}`} that are in force now; the sum is what was counted then{row.price_version && row.price_version !== price?.version ? `, by ${row.price_version === "org" ? "the org's own prices" : row.price_version}` : ", where a service tier, audio or a fee may have changed it"}.</p>}
      {row.saved_high !== null && <p class="dim note">The client left early, which saved up to {money(row.saved_high)}.</p>}
      {measured && <p class="dim note">The provider did not report all of this stream's usage: what it left out was measured from the passing bytes.</p>}
    </section>
  );
}
