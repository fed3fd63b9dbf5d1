// The ordered list of rules: what each catches, where it sends it, how much of the traffic that is. Dragged by its grip, or moved by ⌥↑ and ⌥↓.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Destination, Routing, Rule, RuleHits } from "../../api/control";
import type { Me } from "../../api/types";
import { conditions, destinationText, isOn, modeOf, moved, sharesOf, type Mode } from "../../lib/control";
import { count, providerName, share } from "../../lib/format";
import { may } from "../settings/shared";
import { State } from "./shared";

const percentText = (part: number): string => share(Math.round(part * 1e4), 1e4);
export const colourOf = (at: number): number => (at < 5 ? at + 1 : 0);

export function Conditions({ rule }: { rule: Rule }): JSX.Element {
  const all = conditions(rule.when);
  return <>{all.length === 0 ? <span class="chip"><i>every request</i></span> : all.map(([field, value]) => <span class="chip" key={field} title={`${field} = ${value}`}><i>{field} =</i> <b class="t">{value}</b></span>)}</>;
}

const seconds = (ms: number): string => `${ms / 1_000}\u2009s`; // a setting, not a measurement: as it was typed
const One = ({ to }: { to: Destination }): JSX.Element => (to.provider ? <span class="nb"><span class="strong">{providerName(to.provider)}</span> {to.model ?? "model as asked"}</span> : <span class="nb strong">{destinationText(to)}</span>);

export function Targets({ rule }: { rule: Rule }): JSX.Element {
  const split = rule.split ?? [];
  const parts = sharesOf(split);
  const waits = [rule.first_byte_timeout_ms ? `first byte in ${seconds(rule.first_byte_timeout_ms)}` : "", rule.total_timeout_ms ? `all in ${seconds(rule.total_timeout_ms)}` : ""].filter(Boolean).join(", ");
  return (
    <>
      {split.length === 0 ? <span class="strong">as asked</span> : split.length === 1 ? <One to={split[0] ?? {}} />
        : split.map((to, n) => <span class="nb" key={n}><span class="strong">{Math.round(100 * (parts[n] ?? 0))}{" %"}</span> {destinationText(to)}</span>)}
      {(rule.fallback ?? []).length > 0 && <span class="dim">then {(rule.fallback ?? []).map(destinationText).join(", ")}</span>}
      {waits && <span class="dim">{waits}</span>}
    </>
  );
}

interface RowProps {
  me: Me;
  rule: Rule;
  at: number;
  hits: RuleHits | undefined;
  all: number | null;
  chosen: boolean;
  dragged: boolean;
  open: () => void;
  mode: (mode: Mode) => void;
  move: (by: number) => void;
  drag: { start: () => void; over: () => void; end: () => void };
}
function Row({ me, rule, at, hits, all, chosen, dragged, open, mode, move, drag }: RowProps): JSX.Element {
  const shadow = modeOf(rule) === "shadow";
  const mine = shadow ? (hits?.shadow_requests ?? 0) : (hits?.requests ?? 0);
  const part = all ? mine / all : 0;
  const movable = may(me, "editor");
  const keys = (event: KeyboardEvent) => {
    const by = event.altKey && event.key === "ArrowUp" ? -1 : event.altKey && event.key === "ArrowDown" ? 1 : 0;
    if (by === 0 || !movable) return;
    event.preventDefault();
    move(by);
  };
  return (
    <li class={`rule${chosen ? " sel" : ""}${isOn(rule) ? "" : " off"}${dragged ? " dragged" : ""}`} data-rule={rule.name} onDragEnter={drag.over} onDragOver={(event) => event.preventDefault()} onDrop={(event) => {
      event.preventDefault();
      drag.end();
    }} onKeyDown={keys}>
      <span class="grip" aria-hidden="true" draggable={movable} title={movable ? "Drag to move" : undefined} onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", rule.name);
        const row = event.currentTarget.closest("li");
        if (row) event.dataTransfer?.setDragImage(row, 12, 12);
        drag.start();
      }} onDragEnd={drag.end}>⠿</span>
      <span class="p">{at + 1}</span>
      <div class="what"><h3><button class="name" type="button" aria-current={chosen ? "true" : undefined} aria-describedby="move-hint" title={rule.name} onClick={open}>{rule.name}</button></h3>
        <div class="io"><Conditions rule={rule} /></div><div class="io to"><span class="arrow">→</span><Targets rule={rule} /></div></div>
      <div class="share">{all === null ? <span class="dim">hits not known</span> : !isOn(rule) ? <span class="dim">off</span> : <><span class="strong">{percentText(part)}</span> <span class="dim">{shadow ? "would match" : "of traffic"}</span><Share part={part} quiet={shadow} label={`${percentText(part)} of traffic`} /><span class="dim">{count(mine)} {mine === 1 ? "hit" : "hits"}</span></>}</div>
      <span class="sws"><State me={me} of={rule} set={mode} /></span>
    </li>
  );
}
const Share = ({ part, quiet, label }: { part: number; quiet: boolean; label: string }): JSX.Element => <svg class="bar thin" role="img" aria-label={label}><rect class={quiet ? "i" : "f"} width={`${(100 * part).toFixed(2)}%`} height="100%" /></svg>;

interface ListProps {
  me: Me;
  rules: Rule[];
  figures: Routing | null;
  chosen: string | null;
  open: (name: string) => void;
  mode: (rule: Rule, mode: Mode) => void;
  reorder: (names: string[], what: string) => void;
}
const STAND_MS = 700; // several moves in a row are one change

export function RuleList({ me, rules, figures, chosen, open, mode, reorder }: ListProps): JSX.Element {
  const [order, setOrder] = useState<string[] | null>(null); // while things move
  const [dragged, setDragged] = useState<string | null>(null);
  const [said, say] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const list = useRef<HTMLOListElement>(null);
  const focus = useRef<string | null>(null);
  const text = rules.map(({ name }) => name).join("\n");
  useEffect(() => setOrder(null), [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLayoutEffect(() => { // at once: the next key press must still find the row
    if (focus.current) list.current?.querySelector<HTMLElement>(`[data-rule="${CSS.escape(focus.current)}"] .name`)?.focus();
    focus.current = null;
  }, [order?.join("\n")]);
  const names = order ?? rules.map(({ name }) => name);
  const latest = useRef(names); // what the last move left, drawn or not: keys come faster than a busy page draws
  latest.current = names;
  const shown = names.flatMap((name) => rules.find((rule) => rule.name === name) ?? []);
  const commit = (next: string[], name: string) => {
    if (next.join("\n") === text) return setOrder(null);
    reorder(next, `“${name}” is number ${next.indexOf(name) + 1}`);
  };
  const place = (name: string, to: number) => {
    const next = moved(latest.current, latest.current.indexOf(name), to);
    latest.current = next;
    setOrder(next);
    say(`${name} is number ${next.indexOf(name) + 1} of ${next.length}`);
    clearTimeout(timer.current);
    return next;
  };
  const step = (name: string, by: number) => {
    const to = latest.current.indexOf(name) + by;
    if (to < 0 || to >= latest.current.length) return;
    const next = place(name, to);
    focus.current = name;
    timer.current = setTimeout(() => commit(next, name), STAND_MS);
  };
  const hits = (name: string) => figures?.rules.find((one) => one.name === name);
  const none = figures ? figures.requests - figures.routed : 0;
  return (
    <>
      <span class="vh" id="move-hint">{may(me, "editor") ? "Alt and arrow keys move it" : ""}</span><span class="vh" role="status">{said}</span>
      <ol class="rules" ref={list} aria-label="Rules in order">
        {shown.map((rule, at) => (
          <Row key={rule.name} me={me} rule={rule} at={at} hits={hits(rule.name)} all={figures?.requests ?? null} chosen={rule.name === chosen} dragged={rule.name === dragged} open={() => open(rule.name)} mode={(next) => mode(rule, next)} move={(by) => step(rule.name, by)}
            drag={{ start: () => setDragged(rule.name), over: () => dragged && dragged !== rule.name && place(dragged, latest.current.indexOf(rule.name)), end: () => {
              if (dragged) commit(latest.current, dragged);
              setDragged(null);
            } }} />
        ))}
        <li class="rule last"><span class="grip" /><span class="p">–</span><div class="what"><h3 class="mid">No match</h3><div class="io to"><span class="arrow">→</span>passes through unchanged</div></div>
          <div class="share">{figures && <><span class="strong">{share(none, figures.requests)}</span> <span class="dim">of traffic</span><Share part={figures.requests ? none / figures.requests : 0} quiet label="share without a rule" /><span class="dim">{count(none)} requests</span></>}</div><span class="sws" /></li>
      </ol>
    </>
  );
}

// All traffic as one bar: which rule took how much.
export function Mix({ figures, rules }: { figures: Routing; rules: Rule[] }): JSX.Element | null {
  if (figures.requests === 0) return null;
  const parts = rules.map((rule, at) => ({ label: String(at + 1), title: rule.name, colour: colourOf(at), requests: figures.rules.find((one) => one.name === rule.name)?.requests ?? 0 })).filter(({ requests }) => requests > 0);
  const drawn = parts.slice(0, 8);
  const none = figures.requests - figures.routed;
  let x = 0;
  return (
    <div class="mixw">
      <svg class="bar mix" role="img" aria-label="Traffic by rule">{parts.map((one) => {
        const from = x;
        const width = (100 * one.requests) / figures.requests;
        x += width;
        return <rect key={one.title} class={`f${one.colour}`} x={`${from.toFixed(3)}%`} width={`${width.toFixed(3)}%`} height="100%" />;
      })}</svg>
      <div class="legend">{drawn.map((one) => <span key={one.title} title={one.title}><i class={`sw c${one.colour}`} />{one.label} <b>{share(one.requests, figures.requests)}</b></span>)}{parts.length > drawn.length && <span>{parts.length - drawn.length} more</span>}<span><i class="sw ktr" />no rule <b>{share(none, figures.requests)}</b></span></div>
    </div>
  );
}
