// Latency targets: what was wished, what is measured now, and the dialog that sets one.
import type { JSX } from "preact";
import type { LatencyTarget, TargetState } from "../../api/control";
import { switchable, targetWords } from "../../lib/control";
import { ago, count, duration, stamp } from "../../lib/format";
import { bad, Form, type OwnProps } from "./limit_forms";
import { Field } from "./shared";

const WINDOW_MIN = 15;
const WORDS = { within: ["", "Within", ""], breached: [" crit", "Breached", "s-crit"], no_data: [" idle", "No data", "dim"] } as const;

// `states`: null while this server measures none, or while they can't be read; then only what is set shows.
export function TargetRow({ target, states, edit }: { target: LatencyTarget; states: TargetState[] | null; edit: () => void }): JSX.Element {
  const now = states?.find(({ name }) => name === target.name);
  return (
    <div class="lim" data-target={target.name}>
      <div class="who"><h3><button class="name" type="button" title={target.name} onClick={edit}>{target.name}</button></h3><span class="dim">{target.feature ? `feature ${target.feature}` : "all features"}</span></div>
      <div class="wide2">{targetWords(target)}{" "}<br /><span class="dim">P95 over {target.window_min ?? WINDOW_MIN} min</span></div>
      <div class="when">{now && <Measured target={target} now={now} />}</div>
      <div class="does p2">{target.switch_rule ? <><b class="strong">Fallbacks first</b> in rule {target.switch_rule}</> : <span class="dim">shown only; nothing is switched</span>}</div>
      <div class="num sws">{now && <Standing now={now} />}</div>
    </div>
  );
}

const tone = (ms: number | null | undefined, target: number | undefined): string => (ms !== null && ms !== undefined && target && ms > target ? "s-crit" : "");
function Measured({ target, now }: { target: LatencyTarget; now: TargetState }): JSX.Element {
  if (now.state === "no_data") return <span class="dim">{now.requests === 0 ? "no requests" : `${count(now.requests)} ${now.requests === 1 ? "request" : "requests"}, too few`}{" "}<br />in the window</span>;
  const parts = [target.p95_ms && now.p95_ms !== null ? <span key="whole" class={tone(now.p95_ms, target.p95_ms)}>{duration(now.p95_ms * 1_000)}</span> : null,
    target.ttfb_p95_ms && now.ttfb_p95_ms !== null && now.ttfb_p95_ms !== undefined ? <span key="first"><span class="dim">first byte </span><span class={tone(now.ttfb_p95_ms, target.ttfb_p95_ms)}>{duration(now.ttfb_p95_ms * 1_000)}</span></span> : null].filter(Boolean);
  return <><span class="twins">{parts}</span>{" "}<br /><span class="dim">{count(now.requests)} {now.requests === 1 ? "request" : "requests"}</span></>;
}

function Standing({ now }: { now: TargetState }): JSX.Element {
  const [dot, word, says] = WORDS[now.state];
  return <><span class="st"><span class={`dot${dot}`} /><span class={says}>{word}</span></span>{now.state === "breached" && now.since && <span class="dim" title={`${stamp(now.since)} UTC`}>{ago(now.since, Date.now()).replace(/ ago$/, "")}</span>}</>;
}

const whole = (text: string): number | undefined => (text === "" ? undefined : Number(text));
const shown = (value: number | undefined): string | number => (value === undefined || !Number.isFinite(value) ? "" : value);

export function TargetForm({ known, ...own }: OwnProps<LatencyTarget>): JSX.Element {
  const rules = switchable(own.state.document);
  return (
    <Form<LatencyTarget> {...own} kind="latency_targets" ready={(draft) => draft}>
      {(draft, put, problem) => <>
        <div class="two">
          <Field label="Feature" error={problem("feature")}><input class={bad(problem("feature"))} value={draft.feature ?? ""} placeholder="all features" list="t-features" autocomplete="off" onInput={(event) => put({ feature: event.currentTarget.value })} /></Field>
          <Field label="Window, minutes" error={problem("window_min")}><input class={bad(problem("window_min"))} type="number" min="1" value={shown(draft.window_min)} placeholder={String(WINDOW_MIN)} onInput={(event) => put({ window_min: whole(event.currentTarget.value) })} /></Field>
          <Field label="P95 of the whole answer, ms" error={problem("p95_ms")}><input class={bad(problem("p95_ms"))} type="number" min="1" value={shown(draft.p95_ms)} placeholder="2500" onInput={(event) => put({ p95_ms: whole(event.currentTarget.value) })} /></Field>
          <Field label="P95 of the first byte, ms" error={problem("ttfb_p95_ms")} hint="One of the two, or both"><input class={bad(problem("ttfb_p95_ms"))} type="number" min="1" value={shown(draft.ttfb_p95_ms)} placeholder="none" onInput={(event) => put({ ttfb_p95_ms: whole(event.currentTarget.value) })} /></Field>
        </div>
        <Field label="While it is missed" error={problem("switch_rule")} hint={rules.length === 0 ? "A rule with a fallback could be switched; there is none." : "The rule's fallbacks come first until the target is met again"}>
          <select class="input" value={draft.switch_rule ?? ""} onChange={(event) => put({ switch_rule: event.currentTarget.value })}><option value="">only say so</option>{rules.map((name) => <option key={name} value={name}>use the fallbacks of “{name}”</option>)}{draft.switch_rule && !rules.includes(draft.switch_rule) && <option value={draft.switch_rule}>{draft.switch_rule}, which has no fallback</option>}</select>
        </Field>
        <datalist id="t-features">{known?.features.map((one) => <option key={one} value={one} />)}</datalist>
      </>}
    </Form>
  );
}
