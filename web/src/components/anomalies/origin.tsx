// Where the extra comes from: which feature, model or key, and of cost what it is made of.
import type { JSX } from "preact";
import type { AnomalyDetail, Contribution } from "../../api/anomalies";
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
              <span class="of">{causeParts(cause).map(([kind, value]) => <span key={kind}><span class="k">{KINDS[kind]}</span> {kind === "key" ? (cause.key_name || labelOf("key", value, known)) : value}</span>)}</span><span class="num">{whole(cause.share)}</span>
              <svg class="bar" role="img" aria-label={whole(cause.share)}><rect class="f" width={`${Math.max(0, Math.min(100, 100 * cause.share)).toFixed(1)}%`} height="100%" /></svg>
            </li>
          ))}</ol>
        ) : <p class="mid">{found ? "No single feature, model or key: all moved alike." : "Not worked out yet."}</p>}
        {found?.sentence && causes.length > 0 && <p class="dim">{found.sentence.replace(/^./, (first) => first.toUpperCase()).replace(/\.?$/, ".")}</p>}
      </div>
      {split && <Split split={split} />}
    </div>
  );
}

const PARTS = [["volume", "More or fewer requests"], ["mix", "Other models than usual"], ["price", "Each request dearer or cheaper"]] as const;
function Split({ split }: { split: NonNullable<Contribution["split"]> }): JSX.Element {
  const sum = split.volume + split.mix + split.price;
  const signed = (value: number) => `${value > 0 ? "+" : ""}${dollars(value)}`;
  const largest = Math.max(...PARTS.map(([part]) => Math.abs(split[part])));
  return (
    <div>
      <h3>What changed</h3>
      <table class="cmp">
        <thead><tr><th scope="col">Because of</th><th scope="col">Cost</th><th scope="col">Explains</th></tr></thead>
        <tbody>{PARTS.map(([part, name]) => {
          const strong = Math.abs(split[part]) === largest && largest > 0 ? "strong" : undefined;
          return <tr key={part}><td class={strong}>{name}</td><td>{split[part] === 0 ? "no change" : signed(split[part])}</td><td class={strong}>{sum === 0 ? "–" : whole(split[part] / sum).replace("-", "−")}</td></tr>;
        })}</tbody>
      </table>
    </div>
  );
}
