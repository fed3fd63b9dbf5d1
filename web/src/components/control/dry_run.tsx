// What one request would do under the draft: the rule that takes it, the targets in order, and what can't work.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control, type ControlDocument, type DryRequest, type DryRun, type Rule } from "../../api/control";
import { sampleOf, sentence } from "../../lib/control";
import { unfitWords } from "../../lib/route_lines";
import type { Dimensions } from "../../api/types";
import { providerName } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { Lines } from "../parts";
import { Field, settled, useSettled } from "./shared";

const ENDPOINTS = ["/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/messages"];
// A request that the rule would catch, to begin with. It names a model: one without could not be rewritten.
const typical = ({ when }: Rule, known: Dimensions | null): DryRequest => ({
  feature: sampleOf(when?.feature, known?.features ?? []), task: sampleOf(when?.task, known?.tasks ?? []), provider: sampleOf(when?.provider, known?.providers ?? []),
  model: sampleOf(when?.model, known?.models ?? [], known?.models[0] ?? "gpt-4o-mini"), endpoint: ENDPOINTS[0] as string,
});

export function DryRunPart({ document, rule, ready, known }: { document: ControlDocument; rule: Rule; ready: boolean; known: Dimensions | null }): JSX.Element {
  const [own, setOwn] = useState<Partial<DryRequest>>({});
  const request = { ...typical(rule, known), ...own };
  const still = useSettled({ document, request }, 300);
  const answer = useQuery(ready ? `dry ${JSON.stringify(still)}` : null, (signal) => settled<DryRun>(control.dryRun(still.document, still.request, signal)));
  const one = (name: keyof DryRequest, label: string, list?: string) => <Field label={label}><input class="input" value={request[name]} placeholder="none" list={list} autocomplete="off" spellcheck={false} onInput={(event) => setOwn({ ...own, [name]: event.currentTarget.value })} /></Field>;
  return (
    <>
      <header class="sub"><h3>Dry run</h3><span class="dim">what would this request do</span></header>
      <div class="pad form" role="group" aria-label="Dry run">
        <div class="two">{one("feature", "Its feature", "known-features")}{one("task", "Its task", "known-tasks")}{one("model", "Its model", "known-models")}
          <Field label="Its endpoint"><select class="input" value={request.endpoint} onChange={(event) => setOwn({ ...own, endpoint: event.currentTarget.value })}>{ENDPOINTS.map((path) => <option key={path}>{path}</option>)}</select></Field></div>
        {!ready ? <p class="dim note0">Once nothing is refused.</p> : answer.data === null ? (answer.error ? <p class="dim note0">{sentence(answer.error.message)}</p> : <Lines rows={2} />)
          : "refused" in answer.data ? <p class="dim note0">{answer.data.refused.status === 404 ? "This gateway has no dry run." : sentence(answer.data.refused.message)}</p> : <Steps of={answer.data.got} />}
      </div>
    </>
  );
}

function Steps({ of }: { of: DryRun }): JSX.Element {
  return (
    <ol class="why">
      {of.shadow.map((name) => <li key={name} class="no"><span class="m">–</span><span class="t">{name}</span><span class="r">would match, in shadow</span></li>)}
      <li><span class={of.rule === null ? "m" : of.works ? "m s-ok" : "m s-warn"}>{of.rule === null ? "–" : of.works ? "✓" : "✕"}</span><span class="t"><b class="strong">{of.rule ?? "No rule"}</b></span><span class="r">{of.rule === null ? "passes unchanged" : of.works ? "takes it" : "can't work: passes unchanged"}</span></li>
      {of.targets.map((to, n) => (
        <li key={n} class={to.usable ? "" : "no"}><span class="m">→</span><span class="t">{to.fallback && <span class="dim">then </span>}{[to.provider && providerName(to.provider), to.model].filter(Boolean).join(" ") || "as asked"}</span><span class={to.usable ? "r" : "r s-warn"}>{to.usable ? [to.fallback ? "" : `${Math.round(100 * to.share)} %`, unfitWords(to.reason)].filter(Boolean).join(", ") : `skipped: ${unfitWords(to.reason)}`}</span></li>
      ))}
    </ol>
  );
}
