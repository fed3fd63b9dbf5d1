// The time range: one of the usual ones, or a span of one's own, in UTC.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fromField, isPreset, PRESET_WORDS, PRESETS, rangeWords, seconds, span, toField } from "../lib/range";
import { go, type Place } from "../lib/route";
import { Menu, Pick } from "./menu";

const LONGEST_S = 92 * 86_400;

export function RangeMenu({ place, open, set }: { place: Place; open: boolean; set: (open: boolean) => void }): JSX.Element {
  const words = isPreset(place.range) ? `Last ${rangeWords(place.range)}` : rangeWords(place.range);
  return (
    <Menu name={`Time range, UTC: ${words} (T)`} label={<><span class="vh">Time range: </span><span class="cutl">{words}</span> <span class="dim d-only">UTC</span></>} open={open} set={set}>
      <div class="items">
        {PRESETS.map((preset) => <Pick key={preset} value={preset} current={isPreset(place.range) ? place.range : ("" as never)} pick={(range) => go({ ...place, range, row: null })}>Last {PRESET_WORDS[preset]}</Pick>)}
      </div>
      <Own place={place} done={() => set(false)} />
    </Menu>
  );
}

function Own({ place, done }: { place: Place; done: () => void }): JSX.Element {
  const now = Date.now();
  const current = isPreset(place.range) ? span(now - seconds(place.range) * 1_000, now) : place.range;
  const [from, setFrom] = useState(toField(current.from));
  const [to, setTo] = useState(toField(current.to));
  const [start, end] = [fromField(from), fromField(to)];
  const problem = Number.isNaN(start) || Number.isNaN(end) ? "" : start >= end ? "From has to be before to." : (end - start) / 1_000 > LONGEST_S ? "At most 92 days." : "";
  const apply = (event: Event) => {
    event.preventDefault();
    if (problem || Number.isNaN(start) || Number.isNaN(end)) return;
    done();
    go({ ...place, range: span(start, end), row: null });
  };
  return (
    <form class="own" onSubmit={apply}>
      <label class="field"><span>From, UTC</span><input class="input" type="datetime-local" required value={from} onInput={(event) => setFrom(event.currentTarget.value)} /></label>
      <label class="field"><span>To, UTC</span><input class="input" type="datetime-local" required value={to} onInput={(event) => setTo(event.currentTarget.value)} /></label>
      {problem && <span class="hint err" role="alert">{problem}</span>}
      <button class="btn" type="submit">Show this span</button>
    </form>
  );
}
