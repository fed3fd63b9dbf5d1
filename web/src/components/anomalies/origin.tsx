// Where the extra comes from: which feature, model or key, and of cost what it is made of.
import type { JSX } from "preact";
import type { AnomalyDetail, Change, CostSplit } from "../../api/anomalies";
import type { Dimensions } from "../../api/types";
import { causeParts } from "../../lib/anomaly";
import { labelOf } from "../../lib/filters";
import { count, dollars } from "../../lib/format";

const KINDS = { feature: "Feature", model: "Model", key: "Key" };
const whole = (share: number): string => `${Math.round(100 * share)} %`;
// Amounts over the span; of what is judged as a rate, how much the rate moved.
function extraWords(of: AnomalyDetail, extra: number): string {
  const size = Math.abs(extra);
  const kind = of.direction === "low" ? "what is missing" : "the extra";
  if (of.metric === "cost") return `share of ${kind}, ${dollars(size)} against these hours of the last 7 d`;
  if (of.metric === "volume") return `share of ${kind}, ${count(Math.round(size))} requests against these hours of the last 7 d`;
  return `share of the change by ${(100 * size).toFixed(1)} pp${of.metric === "latency" ? " in slow requests" : ""}`;
}

export function Origin({ of, known }: { of: AnomalyDetail; known: Dimensions | null }): JSX.Element {
  const found = of.contribution;
  const causes = found?.causes ?? [];
  const split = found?.split ?? null;
  return (
    <div class={split ? "split2" : "split2 one"}>
      <div>
        <h3>Where it comes from {found?.extra !== undefined && causes.length > 0 && <span class="dim">{extraWords(of, found.extra)}</span>}</h3>
        {causes.length > 0 ? (
          <ol class="contrib">{causes.map((cause, n) => (
            <li key={n}>
              <span class="of">{causeParts(cause).map(([kind, value]) => <span key={kind}><span class="k">{KINDS[kind]}</span> {kind === "key" ? (cause.key_name || labelOf("key", value, known)) : value}</span>)}</span><span class="num">{whole(Math.min(1, cause.share))}</span>
              <svg class="bar" role="img" aria-label={whole(Math.min(1, cause.share))}><rect class="f" width={`${Math.max(0, Math.min(100, 100 * cause.share)).toFixed(1)}%`} height="100%" /></svg>
            </li>
          ))}</ol>
        ) : <p class="mid">{found ? "No feature, model or key stands out: there is only one, or all moved alike." : "Not worked out yet."}</p>}
        {found?.sentence && causes.length > 0 && <p class="dim">{found.sentence.replace(/^./, (first) => first.toUpperCase()).replace(/\.?$/, ".")}</p>}
      </div>
      {split && <Split split={split} />}
    </div>
  );
}

const PARTS = [
  ["volume", "Requests", "requests"],
  ["input", "Input tokens per request", "input_tokens"],
  ["output", "Output tokens per request", "output_tokens"],
  ["mix", "Model mix", null],
  ["caching", "Prompt cache", null],
  ["price", "Price, and the rest", null],
] as const;
const signed = (value: number): string => `${value > 0 ? "+" : ""}${dollars(value)}`;
const NOTHING = 1e-9; // dollars: what is left of sums that cancel

function Split({ split }: { split: CostSplit }): JSX.Element {
  const parts = PARTS.map(([part, name, figure]) => ({ name, value: split[part] ?? 0, was: figure ? split[figure] : undefined, told: split[part] !== undefined })).filter((part) => part.told);
  const sum = parts.reduce((all, part) => all + part.value, 0);
  const largest = Math.max(...parts.map((part) => Math.abs(part.value)));
  return (
    <div>
      <h3>What changed</h3>
      <table class="cmp">
        <thead><tr><th scope="col">Because of</th><th scope="col">Usual</th><th scope="col">Now</th><th scope="col">Cost</th><th scope="col">Explains</th></tr></thead>
        <tbody>{parts.map(({ name, value, was }) => {
          const strong = Math.abs(value) === largest && largest > 0 ? "strong" : undefined;
          const share = sum === 0 ? 0 : value / sum;
          return (
            <tr key={name}>
              <td class={strong}>{name}</td><td>{was ? count(Math.round(was.usual)) : "–"}</td><td>{was ? <Now {...was} /> : "–"}</td>
              <td>{Math.abs(value) < NOTHING ? "no change" : signed(value)}</td><td class={strong}>{sum === 0 ? "–" : whole(share).replace("-", "−")}</td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}

// By how much, where that is worth a word.
function Now({ usual, now }: Change): JSX.Element {
  const times = usual > 0 ? now / usual : 1;
  const far = times >= 1.2 || times <= 1 / 1.2;
  return <>{count(Math.round(now))}{far && <span class={times > 1 ? "worse" : "dim"}>{" ×\u00a0"}{times >= 10 ? Math.round(times) : times.toFixed(1)}</span>}</>;
}
