// What all settings need: who may, a form in a dialog, a secret that is shown once.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { known, type ApiError } from "../../api/client";
import type { Me, Role } from "../../api/types";
import { NEW_THING } from "../../lib/use_keys";
import { Dialog } from "../dialog";
import { Copy, Failure, Lines } from "../parts";

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };
export const may = (me: Me, role: Role): boolean => RANK[me.role] >= RANK[role];
export const atMost = (me: Me): Role[] => (["viewer", "editor", "admin"] as Role[]).filter((role) => RANK[role] <= RANK[me.role]);
export const whoMay = (role: Role): string => (role === "admin" ? "Admins may do this" : "Editors and admins may do this");

interface ActProps {
  me: Me;
  role: Role;
  act: () => void;
  kind?: string;
  label?: string;
  children: ComponentChildren;
}
// A button that says who may press it.
export function Act({ me, role, act, kind = "", label, children }: ActProps): JSX.Element {
  const allowed = may(me, role);
  return <button class={`btn ${kind}`} type="button" disabled={!allowed} title={allowed ? undefined : whoMay(role)} aria-label={label} onClick={act}>{children}</button>;
}

// "N" makes a new one where there is something to make.
export function useNew(make: () => void, allowed: boolean): void {
  const latest = useRef(make);
  latest.current = make;
  useEffect(() => {
    const now = () => allowed && latest.current();
    addEventListener(NEW_THING, now);
    return () => removeEventListener(NEW_THING, now);
  }, [allowed]);
}

interface FormProps {
  title: string;
  says?: ComponentChildren;
  verb: string;
  danger?: boolean;
  fields: (at: (name: string) => string | null) => ComponentChildren;
  send: () => Promise<void>;
  close: () => void;
}
// Fields, one verb, and what went wrong beside the field that it is about.
export function FormDialog({ title, says, verb, danger, fields, send, close }: FormProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [shown, setShown] = useState<string[]>([]);
  const own = useRef<HTMLFormElement>(null);
  useEffect(() => setShown([...(own.current?.querySelectorAll<HTMLElement>("[name]") ?? [])].map((one) => one.getAttribute("name") as string)), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await send();
    } catch (reason) {
      setProblem(known(reason));
      setBusy(false);
    }
  };
  const field = problem?.field ?? null;
  const words = problem ? problem.message.charAt(0).toUpperCase() + problem.message.slice(1).replace(/\.?$/, ".") : "";
  return (
    <Dialog title={title} close={close}>
      <form class="form" ref={own} onSubmit={(event) => void submit(event)}>
        {says && <p class="mid">{says}</p>}
        {fields((name) => (field === name ? words : null))}
        {problem && (field === null || !shown.includes(field)) && <p class="err" role="alert">{words} Nothing was changed.</p>}
        <div class="acts"><button class="btn" type="button" onClick={close}>Cancel</button><button class={`btn ${danger ? "danger solid" : "primary"}`} type="submit" disabled={busy}>{busy ? "Sending" : verb}</button></div>
      </form>
    </Dialog>
  );
}

interface TextProps {
  name: string;
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: ComponentChildren;
  error: string | null;
  type?: string;
  required?: boolean;
  minLength?: number;
  placeholder?: string;
  mono?: boolean;
}
export function Text({ name, label, value, set, hint, error, type = "text", required = true, minLength, placeholder, mono }: TextProps): JSX.Element {
  return (
    <label class="field"><span>{label}</span>
      <input class={`input${error ? " bad" : ""}${mono ? " mono" : ""}`} name={name} type={type} value={value} required={required} minLength={minLength} placeholder={placeholder} autocomplete={type === "password" ? "new-password" : "off"} spellcheck={false} aria-invalid={error !== null} onInput={(event) => set(event.currentTarget.value)} />
      {error ? <span class="hint err" role="alert">{error}</span> : hint ? <span class="hint">{hint}</span> : null}
    </label>
  );
}
interface ChooseProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: readonly (readonly [value: T, label: string])[];
  set: (value: T) => void;
  hint?: ComponentChildren;
  error?: string | null;
}
export function Choose<T extends string>({ name, label, value, options, set, hint, error }: ChooseProps<T>): JSX.Element {
  return (
    <label class="field"><span>{label}</span>
      <select class="input" name={name} value={value} onChange={(event) => set(event.currentTarget.value as T)}>{options.map(([one, words]) => <option key={one} value={one}>{words}</option>)}</select>
      {error ? <span class="hint err" role="alert">{error}</span> : hint ? <span class="hint">{hint}</span> : null}
    </label>
  );
}
export const ROLES: Record<Role, string> = { viewer: "viewer: sees everything", editor: "editor: also makes, rotates and revokes keys", admin: "admin: everything" };

export function Secret({ title, says, secret, close, children, kept = "Lectr stores a hash of it" }: { title: string; says: ComponentChildren; secret: string; close: () => void; kept?: string; children?: ComponentChildren }): JSX.Element {
  return (
    <Dialog title={title} close={close} wide>
      <div class="form">
        <p class="mid">{says}</p>
        <div class="keybox"><span data-secret>{secret}</span><Copy text={secret} label="Copy it" /></div>
        <p class="s-warn note0">Shown only now: {kept}.</p>
        {children}
        <div class="acts"><button class="btn primary" type="button" onClick={close}>I have it</button></div>
      </div>
    </Dialog>
  );
}

interface SectionProps {
  title: string;
  says: ComponentChildren;
  actions?: ComponentChildren;
  answer: { data: unknown; error: ApiError | null; retry: () => void };
  children: ComponentChildren;
}
export function Section({ title, says, actions, answer, children }: SectionProps): JSX.Element {
  return (
    <section class="card mb">
      <header><h2>{title}</h2><span class="dim says">{says}</span><span class="act">{actions}</span></header>
      {answer.data ? children : answer.error ? <Failure error={answer.error} retry={answer.retry} what={title} /> : <Lines rows={4} />}
    </section>
  );
}
