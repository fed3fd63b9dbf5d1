// One rule in the making: what it catches, where it sends it, and, before it is saved, what that would have meant.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { control, type Checked, type ControlState, type Destination, type Problem, type Rule } from "../../api/control";
import type { Dimensions, Me } from "../../api/types";
import { modeOf, placeOf, problemFor, problemsAt, renamed, sentence, sharesOf, tidy, withMode, without, withOne } from "../../lib/control";
import { providerName } from "../../lib/format";
import { useControl } from "../../lib/use_control";
import { useFocusBack } from "../../lib/use_focus";
import { useQuery } from "../../lib/use_query";
import { may, whoMay } from "../settings/shared";
import { DryRunPart } from "./dry_run";
import { ReplayPart } from "./replay";
import { Elsewhere, Field, Modes, MovedOn, saveProblem, settled, useSettled, Wrong } from "./shared";

interface EditorProps {
  me: Me;
  start: Rule;
  name: string | null; // null: a new one
  state: ControlState;
  known: Dimensions | null;
  providers: string[];
  close: () => void;
  move?: (by: number) => void; // where there is no keyboard and no mouse
  done: (name: string | null) => void;
}
const CHECK_MS = 350;

export function RuleEditor({ me, start, name, state, known, providers, close, move, done }: EditorProps): JSX.Element {
  const { save } = useControl();
  const [base, setBase] = useState(state);
  const [draft, setDraft] = useState(start);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const panel = useRef<HTMLElement>(null);
  const allowed = may(me, "editor");
  const changed = name === null || JSON.stringify(tidy(draft)) !== JSON.stringify(tidy(start));
  const at = placeOf(base.document, "rules", name);
  const document = renamed(withOne(base.document, "rules", name, draft), name, draft.name);
  const still = useSettled(document, CHECK_MS);
  const checked = useQuery(changed || name === null ? `check ${JSON.stringify(still)}` : null, (signal) => settled<Checked>(control.check(still, signal)));
  const found: Checked = checked.data && "got" in checked.data ? checked.data.got : { problems: [], warnings: [] };
  const problems: readonly Problem[] = error && error.problems.length > 0 ? error.problems : found.problems;
  const mine = `rules[${at}]`;
  const problem = (path: string) => problemFor(problems, path ? `${mine}.${path}` : mine);
  const elsewhere = problems.filter(({ field }) => problemsAt([{ field, reason: "" }], mine).length === 0);

  useFocusBack();
  useEffect(() => panel.current?.querySelector<HTMLElement>("input")?.focus({ preventScroll: true }), []);
  useEffect(() => setError(null), [JSON.stringify(draft), base.version]);
  // Nobody has touched it: what is in force is what is shown.
  useEffect(() => {
    if (!changed && state.version !== base.version) setBase(state);
  }, [state.version]);

  const put = (change: Partial<Rule>) => setDraft({ ...draft, ...change });
  const send = async (next: ControlState["document"], what: string, shown: string | null) => {
    setBusy(true);
    setError(null);
    try {
      await save(base, next, what);
      done(shown);
    } catch (reason) {
      setError(saveProblem(reason));
      setBusy(false);
    }
  };
  const moved = changed && state.version !== base.version;
  const submit = () => allowed && changed && !busy && !moved && void send(document, name === null ? `“${draft.name}” added` : `“${draft.name}” saved`, draft.name);
  const keys = (event: KeyboardEvent) => {
    if ((event.metaKey || event.ctrlKey) && event.key === "Enter") {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  };
  return (
    <section class="card editor" aria-label={name === null ? "New rule" : "Edit rule"} ref={panel} onKeyDown={keys}>
      <header><h2 class="t">{name === null ? "New rule" : `${at + 1} ${name}`}</h2><div class="act">{name !== null && move && allowed && <><button class="btn quiet icon" type="button" aria-label="Move up" title={changed ? "Save or close first" : "Move up (⌥↑ in the list)"} disabled={changed || at === 0} onClick={() => move(-1)}>↑</button><button class="btn quiet icon" type="button" aria-label="Move down" title={changed ? "Save or close first" : "Move down (⌥↓ in the list)"} disabled={changed || at + 1 >= (base.document.rules ?? []).length} onClick={() => move(1)}>↓</button></>}<button class="btn quiet icon" type="button" aria-label="Close the editor (Esc)" title="Close (Esc)" onClick={close}>✕</button></div></header>
      {changed && <MovedOn base={base} now={state} accept={setBase} />}
      {!allowed && <p class="pad0 dim">{whoMay("editor")}; you can look and try.</p>}
        <div class="pad form">
          <Field label="Name" error={problem("name")}><input class={`input${problem("name") ? " bad" : ""}`} value={draft.name} maxLength={64} onInput={(event) => put({ name: event.currentTarget.value })} /></Field>
          <Modes mode={modeOf(draft)} set={(mode) => setDraft(withMode(draft, mode))} />
          <When draft={draft} put={put} problem={problem} known={known} providers={providers} />
          <Split draft={draft} put={put} problem={problem} warnings={found.warnings} mine={mine} known={known} providers={providers} />
          <Otherwise draft={draft} put={put} problem={problem} warnings={found.warnings} mine={mine} known={known} providers={providers} />
          <Waits draft={draft} put={put} problem={problem} />
          {problem("") && <Wrong text={problem("")} />}
          <Elsewhere problems={elsewhere} document={document} />
          {error && error.problems.length === 0 && error.status !== 409 && <p class="err" role="alert">{sentence(error.message)} Nothing was changed.</p>}
        </div>
      <datalist id="known-features">{known?.features.map((one) => <option key={one} value={one} />)}</datalist><datalist id="known-tasks">{known?.tasks.map((one) => <option key={one} value={one} />)}</datalist><datalist id="known-models">{known?.models.map((one) => <option key={one} value={one} />)}</datalist>
      <ReplayPart document={still} rule={draft} ready={problems.length === 0} />
      <DryRunPart document={still} rule={draft} ready={problems.length === 0} known={known} />
      <footer class="acts">
        {name !== null && <button class="btn quiet danger" type="button" disabled={!allowed || busy} title={allowed ? undefined : whoMay("editor")} onClick={() => void send(without(base.document, "rules", name), `“${name}” deleted`, null)}>Delete</button>}
        <span class="grow" />
        {!changed && allowed && <span class="dim">as in force</span>}
        <button class="btn primary" type="button" disabled={!allowed || !changed || busy || moved} title={allowed ? (moved ? "Reload first" : undefined) : whoMay("editor")} onClick={submit}>{busy ? "Saving" : name === null ? "Add rule" : "Save"} <kbd>⌘↵</kbd></button>
      </footer>
    </section>
  );
}

interface PartProps {
  draft: Rule;
  put: (change: Partial<Rule>) => void;
  problem: (path: string) => string | null;
}
type Known = { known: Dimensions | null; providers: string[] };

function When({ draft, put, problem, providers }: PartProps & Known): JSX.Element {
  const when = draft.when ?? {};
  const one = (field: "feature" | "task" | "provider" | "model", list?: string) => (
    <Field label={field.charAt(0).toUpperCase() + field.slice(1)} error={problem(`when.${field}`)}>
      <input class={`input${problem(`when.${field}`) ? " bad" : ""}`} value={when[field] ?? ""} placeholder="any" list={list} autocomplete="off" spellcheck={false} onInput={(event) => put({ when: { ...when, [field]: event.currentTarget.value } })} />
    </Field>
  );
  return (
    <div class="part" role="group" aria-label="When all of these hold"><span class="label strong">When all of these hold <span class="dim">* stands for any characters</span></span>
      <div class="two">{one("feature", "known-features")}{one("task", "known-tasks")}{one("provider", "known-providers")}{one("model", "known-models")}</div>
      <datalist id="known-providers">{providers.map((name) => <option key={name} value={name} />)}</datalist>
      <Wrong text={problem("when")} />
    </div>
  );
}

interface ToProps {
  to: Destination;
  path: string;
  label: string;
  problem: (path: string) => string | null;
  warning: string | null;
  providers: string[];
  set: (to: Destination) => void;
  drop: (() => void) | null;
  children?: ComponentChildren;
}
function To({ to, path, label, problem, warning, providers, set, drop, children }: ToProps): JSX.Element {
  const text = problem(`${path}.provider`) ?? problem(`${path}.model`) ?? problem(`${path}.weight`) ?? problem(path);
  return (
    <div class="dest">
      <div class={children ? "drow w" : "drow"}>
        <select class={`input${problem(`${path}.provider`) ? " bad" : ""}`} aria-label={`Provider of ${label}`} value={to.provider ?? ""} onChange={(event) => set({ ...to, provider: event.currentTarget.value })}><option value="">as asked</option>{[...new Set([...providers, ...(to.provider ? [to.provider] : [])])].map((name) => <option key={name} value={name}>{providerName(name)}</option>)}</select>
        <input class={`input${problem(`${path}.model`) ? " bad" : ""}`} aria-label={`Model of ${label}`} value={to.model ?? ""} placeholder="model as asked" list="known-models" autocomplete="off" spellcheck={false} onInput={(event) => set({ ...to, model: event.currentTarget.value })} />
        {children}
        {drop ? <button class="btn quiet icon" type="button" aria-label={`Remove ${label}`} onClick={drop}>✕</button> : <span />}
      </div>
      {text ? <Wrong text={text} /> : warning && <span class="hint warnw">{sentence(warning)}</span>}
    </div>
  );
}
const warned = (warnings: readonly Problem[], path: string) => problemsAt(warnings, path)[0]?.reason ?? null;

function Split({ draft, put, problem, warnings, mine, providers }: PartProps & Known & { warnings: readonly Problem[]; mine: string }): JSX.Element {
  const split = draft.split ?? [];
  const parts = sharesOf(split);
  const set = (n: number, to: Destination) => put({ split: split.map((one, k) => (k === n ? to : one)) });
  return (
    <div class="part" role="group" aria-label="Send it to"><span class="label strong">Send it to {split.length === 0 && <span class="dim">where it asks to go</span>}</span>
      {split.map((to, n) => (
        <To key={n} to={to} path={`split[${n}]`} label={`destination ${n + 1}`} problem={problem} warning={warned(warnings, `${mine}.split[${n}]`)} providers={providers} set={(next) => set(n, next)} drop={() => put({ split: split.filter((_, k) => k !== n) })}>
          {split.length > 1 && <label class="weight"><input class={`input${problem(`split[${n}].weight`) ? " bad" : ""}`} type="number" min={1} max={1000} aria-label={`Weight of destination ${n + 1}`} value={to.weight ?? 1} onInput={(event) => set(n, { ...to, weight: event.currentTarget.value === "" ? 1 : Number(event.currentTarget.value) })} /><span class="dim">{Math.round(100 * (parts[n] ?? 0))}{" %"}</span></label>}
        </To>
      ))}
      <Wrong text={problem("split")} />
      {split.length < 8 && <button class="btn quiet addc" type="button" onClick={() => put({ split: [...split, {}] })}>+ {split.length === 0 ? "Destination" : "Split with another"}</button>}
      {split.length > 1 && <Field label="Keep together by header" error={problem("sticky")} hint="Equal values go to the same destination. Empty: by chance."><input class={`input${problem("sticky") ? " bad" : ""}`} value={draft.sticky ?? ""} placeholder="x-user-id" spellcheck={false} onInput={(event) => put({ sticky: event.currentTarget.value })} /></Field>}
    </div>
  );
}

function Otherwise({ draft, put, problem, warnings, mine, providers }: PartProps & Known & { warnings: readonly Problem[]; mine: string }): JSX.Element {
  const chain = draft.fallback ?? [];
  return (
    <div class="part" role="group" aria-label="If it fails before the first byte"><span class="label strong">If it fails before the first byte {chain.length === 0 && <span class="dim">the client is told</span>}</span>
      {chain.map((to, n) => <To key={n} to={to} path={`fallback[${n}]`} label={`fallback ${n + 1}`} problem={problem} warning={warned(warnings, `${mine}.fallback[${n}]`)} providers={providers} set={(next) => put({ fallback: chain.map((one, k) => (k === n ? next : one)) })} drop={() => put({ fallback: chain.filter((_, k) => k !== n) })} />)}
      <Wrong text={problem("fallback")} />
      {chain.length < 6 && <button class="btn quiet addc" type="button" onClick={() => put({ fallback: [...chain, {}] })}>+ {chain.length === 0 ? "Fallback" : "Then"}</button>}
    </div>
  );
}

function Waits({ draft, put, problem }: PartProps): JSX.Element {
  const one = (name: "first_byte_timeout_ms" | "total_timeout_ms", label: string) => (
    <Field label={label} error={problem(name)}><input class={`input${problem(name) ? " bad" : ""}`} type="number" min={0} step="any" inputMode="decimal" placeholder="the gateway's own" value={draft[name] ? String((draft[name] ?? 0) / 1_000) : ""} onInput={(event) => put({ [name]: Math.round(Number(event.currentTarget.value) * 1_000) })} /></Field>
  );
  return <div class="two">{one("first_byte_timeout_ms", "First byte within, s")}{one("total_timeout_ms", "All of it within, s")}</div>;
}
