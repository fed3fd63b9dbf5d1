// ⌘K: pages, ranges, groupings, settings, and everything one can filter by, in one list.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Dimensions } from "../api/types";
import { field, suggest } from "../lib/filters";
import { setTheme } from "../lib/palette";
import { PRESET_WORDS, PRESETS } from "../lib/range";
import { DIMENSIONS, go, onPage, type Page, type Place, type Tab } from "../lib/route";
import { Dialog } from "./dialog";
import { TAB_NAMES } from "./settings_nav";

interface Entry {
  kind: string;
  label: string;
  keys?: string;
  act: () => void;
}
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const SHOWN = 12;

function entries(text: string, place: Place, known: Dimensions | null, more: Entry[]): Entry[] {
  const page = (to: Page, label: string, keys: string): Entry => ({ kind: "Page", label, keys, act: () => go(onPage(place, to)) });
  const tab = (to: Tab): Entry => ({ kind: "Settings", label: TAB_NAMES[to], act: () => go(onPage(place, "settings", { tab: to })) });
  const fixed: Entry[] = [
    page("overview", "Overview", "G O"), page("requests", "Requests", "G R"), page("costs", "Costs", "G C"), page("anomalies", "Anomalies", "G A"), page("recommendations", "Recommendations", "G E"), page("routing", "Routing", "G T"), page("fallback", "Fallback", "G F"), page("limits", "Limits & budgets", "G L"), page("changes", "Changes", "G H"), page("settings", "Settings", "G S"),
    ...more,
    ...PRESETS.map((range): Entry => ({ kind: "Range", label: `Last ${PRESET_WORDS[range]}`, act: () => go({ ...place, range, row: null }) })),
    ...DIMENSIONS.map((by): Entry => ({ kind: "Costs", label: `Costs by ${by}`, act: () => go(onPage(place, "costs", { by })) })),
    ...(Object.keys(TAB_NAMES) as Tab[]).map(tab),
    ...(["light", "dark", "system"] as const).map((theme): Entry => ({ kind: "Look", label: theme === "system" ? "Light or dark as the system" : theme === "light" ? "Light" : "Dark", act: () => setTheme(theme) })),
  ];
  const low = text.trim().toLowerCase();
  if (low === "") return fixed.slice(0, SHOWN);
  const filters = suggest(text, known).filter(({ value }) => value !== null).map((one): Entry => ({
    kind: field(one.field)?.label ?? one.field, label: one.label,
    act: () => go(onPage(place, "requests", { filters: { ...place.filters, [one.field]: one.value as string } })),
  }));
  const row: Entry[] = ID.test(low) ? [{ kind: "Request", label: low, act: () => go(onPage(place, "requests", { row: low })) }] : [];
  return [...row, ...fixed.filter(({ label, kind }) => `${kind} ${label}`.toLowerCase().includes(low)), ...filters].slice(0, SHOWN);
}

export function Finder({ place, known, more, close }: { place: Place; known: Dimensions | null; more: Entry[]; close: () => void }): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useMemo(() => entries(text, place, known, more), [text, place, known]);
  const take = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.act();
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && list.length > 0) {
      event.preventDefault();
      setAt((at + step + list.length) % list.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(list[at]);
    }
  };
  return (
    <Dialog title="Find or go to" close={close}>
      <input class="input finder" role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant={list.length > 0 ? `found-${at}` : undefined} aria-label="Find or go to" placeholder="Page, feature, model, key, request id …" autocomplete="off" spellcheck={false} autofocus value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }} onKeyDown={keys} />
      <ul class="found" id="found" role="listbox" aria-label="Found">
        {list.map((entry, n) => (
          <li key={`${entry.kind}\n${entry.label}`} id={`found-${n}`} role="option" aria-selected={n === at} onMouseMove={() => n !== at && setAt(n)} onClick={() => take(entry)}>
            <span class="dim">{entry.kind}</span><span class="t">{entry.label}</span>{entry.keys && <kbd>{entry.keys}</kbd>}
          </li>
        ))}
      </ul>
      {list.length === 0 && <p class="dim note">Nothing is called that in this range.</p>}
    </Dialog>
  );
}
export type { Entry };
