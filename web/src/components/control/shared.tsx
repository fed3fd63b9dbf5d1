// What routing, limits and changes share: the switch, the note that somebody else changed something, problems, chains.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, known } from "../../api/client";
import type { ControlState, Destination, Problem, VersionHead } from "../../api/control";
import type { Me } from "../../api/types";
import { destinationText, fieldWords, modeOf, sentence, type Mode } from "../../lib/control";
import { minute } from "../../lib/format";
import { may, whoMay } from "../settings/shared";

interface SwitchProps {
  me: Me;
  on: boolean;
  label: string;
  set: (on: boolean) => void;
}
export function Switch({ me, on, label, set }: SwitchProps): JSX.Element {
  const allowed = may(me, "editor");
  return <button class={on ? "switch on" : "switch"} type="button" role="switch" aria-checked={on} aria-label={label} disabled={!allowed} title={allowed ? undefined : whoMay("editor")} onClick={() => set(!on)} />;
}

// On: a switch. In shadow: the badge, and a way to enforce it.
export function State({ me, of, set }: { me: Me; of: { name: string; enabled?: boolean; shadow?: boolean }; set: (mode: Mode) => void }): JSX.Element {
  const mode = modeOf(of);
  if (mode !== "shadow") return <Switch me={me} on={mode === "on"} label={`${of.name} is ${mode}`} set={(on) => set(on ? "on" : "off")} />;
  const allowed = may(me, "editor");
  return <><span class="badge shadow">Shadow</span><button class="link lk" type="button" disabled={!allowed} title={allowed ? undefined : whoMay("editor")} aria-label={`Enforce ${of.name}`} onClick={() => set("on")}>Enforce</button></>;
}

const MODES: [Mode, string, string][] = [["on", "On", "in force"], ["shadow", "Shadow", "counted as if in force, never acted upon"], ["off", "Off", "kept, and does nothing"]];
export function Modes({ mode, set, disabled }: { mode: Mode; set: (mode: Mode) => void; disabled?: boolean }): JSX.Element {
  return (
    <div class="modes">
      <div class="seg" role="group" aria-label="Mode">{MODES.map(([one, label]) => <button key={one} type="button" aria-pressed={one === mode} disabled={disabled} onClick={() => set(one)}>{label}</button>)}</div>
      <span class="dim">{MODES.find(([one]) => one === mode)?.[2]}</span>
    </div>
  );
}

export const whoWhen = (of: VersionHead): string => `${of.changed_by ?? "somebody"} saved version ${of.version}${of.changed_at ? ` at ${minute(of.changed_at)}` : ""}${of.via ? ` (${of.via})` : ""}`;
// While an editor is open, another version came into force: nothing of the draft is lost, and nothing is overwritten unseen.
export function MovedOn({ base, now, accept }: { base: ControlState; now: ControlState | null; accept: (now: ControlState) => void }): JSX.Element | null {
  if (!now || now.version === base.version) return null;
  return (
    <div class="banner warn in" role="alert">
      <span class="dot warn" />
      <div><b>{whoWhen(now)} meanwhile.</b><p>Nothing of yours is saved yet. Reload to put your draft on top of it.</p></div>
      <div class="act"><button class="btn" type="button" onClick={() => accept(now)}>Reload, keep my draft</button></div>
    </div>
  );
}

export function Elsewhere({ problems, document }: { problems: readonly Problem[]; document: ControlState["document"] }): JSX.Element | null {
  if (problems.length === 0) return null;
  return <div role="alert"><ul class="errs">{problems.slice(0, 5).map(({ field, reason }) => <li key={`${field}${reason}`}>{fieldWords(document, field) && <b>{sentence(fieldWords(document, field)).replace(/\.$/, "")}: </b>}{reason}</li>)}</ul></div>;
}
export const saveProblem = (reason: unknown): ApiError => known(reason);

export function Wrong({ text }: { text: string | null }): JSX.Element | null {
  return text === null ? null : <span class="hint err" role="alert">{sentence(text)}</span>;
}

export function Chain({ of }: { of: readonly Destination[] }): JSX.Element {
  return <>{of.map((to, n) => <span class="nb" key={n}>{n > 0 && <span class="arrow">then</span>}{destinationText(to)}</span>)}</>;
}

// The value, once it has stood still for a moment.
export function useSettled<T>(value: T, ms: number): T {
  const [settled, set] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

// An answer, or why it was refused: what was refused is not asked again by itself.
export type Settled<T> = { got: T } | { refused: ApiError };
export const settled = <T,>(answer: Promise<T>): Promise<Settled<T>> => answer.then((got): Settled<T> => ({ got }), (reason: unknown) => {
  if (reason instanceof ApiError && reason.status >= 400 && reason.status < 500 && reason.status !== 401) return { refused: reason };
  throw reason;
});

export function Field({ label, children, error, hint }: { label: ComponentChildren; children: ComponentChildren; error?: string | null; hint?: ComponentChildren }): JSX.Element {
  return <label class="field"><span>{label}</span>{children}{error ? <Wrong text={error} /> : hint ? <span class="hint">{hint}</span> : null}</label>;
}
