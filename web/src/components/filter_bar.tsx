// Filters as chips, and one field that knows every one of them: "fea" offers features, "status=429" is taken as it is.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Dimensions } from "../api/types";
import { choices, field, FIELDS, labelOf, suggest, valid, type Suggestion } from "../lib/filters";
import { go, type Place } from "../lib/route";
import { DownIcon, SearchIcon } from "./icons";

export const FOCUS_FILTER = "lectr:filter";

export function FilterBar({ place, known, sums }: { place: Place; known: Dimensions | null; sums?: boolean }): JSX.Element {
  const set = (name: string, value: string | null) => {
    const filters = { ...place.filters };
    if (value) filters[name] = value;
    else delete filters[name];
    go({ ...place, filters, row: null });
  };
  const usable = FIELDS.filter((one) => !sums || one.sums);
  const quick = usable.filter((one) => one.kind === "dimension");
  const given = Object.entries(place.filters).filter(([name]) => usable.some((one) => one.name === name));
  const chosen = given.filter(([name]) => !quick.some((one) => one.name === name));
  return (
    <div class="filters" role="group" aria-label="Filters">
      <Field place={place} known={known} only={usable.map(({ name }) => name)} set={set} />
      {quick.map((one) => {
        const value = place.filters[one.name] ?? "";
        const offered = choices(one, known);
        const all = value && !offered.some((choice) => choice.value === value) ? [{ value, label: value }, ...offered] : offered;
        return (
          <label class={value ? "chip on" : "chip d-only"} key={one.name}>
            <i>{one.label}</i>
            <select aria-label={`Filter by ${one.label}`} title={value ? labelOf(one.name, value, known) : undefined} value={value} onChange={(event) => set(one.name, event.currentTarget.value)}>
              <option value="">any</option>
              {all.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
            </select>
            <DownIcon />
          </label>
        );
      })}
      {!sums && <button class={place.filters["errors"] === "true" ? "chip on" : "chip"} type="button" aria-pressed={place.filters["errors"] === "true"} onClick={() => set("errors", place.filters["errors"] === "true" ? null : "true")}><b>Failed</b></button>}
      {chosen.filter(([name, value]) => name !== "errors" || value !== "true").map(([name, value]) => (
        <button class="chip on" type="button" key={name} title="Take this filter away" aria-label={`${field(name)?.label} ${labelOf(name, value, known)}: take away`} onClick={() => set(name, null)}><i>{field(name)?.label}</i> <b>{labelOf(name, value, known)}</b><span class="x" aria-hidden="true">✕</span></button>
      ))}
      {given.length > 0 && <button class="btn quiet" type="button" title="⇧ Esc" onClick={() => go({ ...place, filters: {}, row: null })}>Clear filters</button>}
    </div>
  );
}

function Field({ place, known, only, set }: { place: Place; known: Dimensions | null; only: string[]; set: (name: string, value: string | null) => void }): JSX.Element {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useMemo(() => suggest(text, known).filter((one) => only.includes(one.field)), [text, known, only.length]);
  useEffect(() => {
    const focus = () => input.current?.focus();
    addEventListener(FOCUS_FILTER, focus);
    return () => removeEventListener(FOCUS_FILTER, focus);
  }, []);

  const take = (one: Suggestion | undefined) => {
    if (!one) return;
    if (one.value === null) {
      setText(`${field(one.field)?.label ?? one.field}=`);
      setAt(0);
      input.current?.focus();
      return;
    }
    const of = field(one.field);
    if (!of || !valid(of, one.value)) return;
    setText("");
    setOpen(false);
    set(one.field, one.value);
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setOpen(true);
      if (list.length > 0) setAt((at + step + list.length) % list.length);
    } else if (event.key === "Enter") take(list[at]);
    else if (event.key === "Escape") {
      event.stopPropagation();
      if (open && text === "") input.current?.blur();
      setText("");
      setOpen(false);
    } else if (event.key === "Backspace" && text === "") {
      const last = Object.keys(place.filters).at(-1);
      if (last) set(last, null);
    }
  };
  const wanting = text.endsWith("=") && list.length === 0;
  return (
    <div class="q">
      <SearchIcon />
      <input ref={input} role="combobox" aria-label="Filter" aria-expanded={open && list.length > 0} aria-controls="filter-list" aria-autocomplete="list" aria-activedescendant={open && list.length > 0 ? `filter-${at}` : undefined}
        placeholder="Filter: feature, model, status, key …" autocomplete="off" spellcheck={false} value={text}
        onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={keys} onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setOpen(true);
        }} />
      <kbd class="d-only">/</kbd>
      {open && (
        <div class="suggest" onMouseDown={(event) => event.preventDefault()}>
          <ul id="filter-list" role="listbox" aria-label="Filters">
            {list.map((one, n) => (
              <li key={`${one.field}\n${one.value}`} id={`filter-${n}`} role="option" aria-selected={n === at} onMouseMove={() => n !== at && setAt(n)} onClick={() => take(one)}>
                <span class="dim">{field(one.field)?.label}</span>{one.value !== null ? <b class="t">{one.label}</b> : <span class="dim t">= {field(one.field)?.hint ?? "…"}</span>}
              </li>
            ))}
          </ul>
          {list.length === 0 && <p class="dim">{wanting ? `Type a value, for example ${field(FIELDS.find(({ label }) => `${label}=` === text)?.name ?? "")?.hint ?? "chat"}` : "Nothing like it in this range. Try field=value."}</p>}
        </div>
      )}
    </div>
  );
}
