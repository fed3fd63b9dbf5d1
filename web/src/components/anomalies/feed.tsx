// The list at the left: what is open, then what is over. One is selected; J and K move.
import type { JSX } from "preact";
import type { Anomaly, AnomalyPage } from "../../api/anomalies";
import { bare, dotOf, featureOf, frequency, isOpen, kindOf, lasted, reasonOf, sigma, valueOf, whenOf } from "../../lib/anomaly";
import { count } from "../../lib/format";
import { go, href, type Place } from "../../lib/route";

export const SHOWS = ["all", "open", "dismissed"] as const;
export type Show = (typeof SHOWS)[number];
export const showOf = (place: Place): Show => ((SHOWS as readonly string[]).includes(place.order) ? (place.order as Show) : "all");
const WORDS: Record<Show, string> = { all: "All", open: "Open", dismissed: "Dismissed" };
const NONE: Record<Show, string> = { all: "Nothing was unlike itself.", open: "Nothing is unlike itself now.", dismissed: "None was dismissed." };

// In the order of the list, which J and K follow.
export const ordered = (rows: readonly Anomaly[]): Anomaly[] => [...rows.filter(isOpen), ...rows.filter((row) => !isOpen(row))];

interface FeedProps {
  place: Place;
  page: AnomalyPage;
  rows: Anomaly[]; // ordered
  selected: number | null;
  now: number;
  older: (() => void) | null;
}
export function Feed({ place, page, rows, selected, now, older }: FeedProps): JSX.Element {
  const show = showOf(place);
  const groups = [["Open", rows.filter(isOpen)], ["Closed", rows.filter((row) => !isOpen(row))]] as const;
  return (
    <section class="card feedc" aria-label="Found">
      <header>
        <div class="seg" role="group" aria-label="Show">{SHOWS.map((one) => <button key={one} type="button" aria-pressed={one === show} onClick={() => go({ ...place, order: one === "all" ? "" : one, item: null }, "replace")}>{WORDS[one]} <b>{count(page.counts[one])}</b></button>)}</div>
        <div class="act d-only"><span class="dim"><kbd>J</kbd> <kbd>K</kbd></span></div>
      </header>
      {rows.length === 0 ? <div class="empty"><span>{NONE[show]}</span></div> : groups.map(([name, list]) => list.length > 0 && (
        <div key={name}><h2 class="feed-day">{name}</h2><ol class="feed">{list.map((row) => <Entry key={row.id} row={row} place={place} selected={row.id === selected} now={now} />)}</ol></div>
      ))}
      {(older || show === "all") && <footer>{show === "all" && <span class="dim">{frequency(rows, older === null, page.counts, now)}</span>}{older && <button class="link lk" type="button" onClick={older}>Older</button>}</footer>}
    </section>
  );
}

function Entry({ row, place, selected, now }: { row: Anomaly; place: Place; selected: boolean; now: number }): JSX.Element {
  const open = isOpen(row);
  const gone = row.dismissed_at !== null;
  const [reason, note] = reasonOf(row.reason);
  const value = `${valueOf(row.unit, row.observed)}, usually ${bare(row.unit, row.baseline)}`;
  return (
    <li><a class={selected ? "anom sel" : "anom"} data-id={row.id} href={href({ ...place, item: String(row.id) })} aria-current={selected ? "true" : undefined}>
      <span class={`dot ${dotOf(row)}`} />
      <span class={gone ? "nm grey" : "nm"} title={row.title}>{kindOf(row)}{gone && <span class="badge">Dismissed</span>}</span>
      <span class={`sig ${gone ? "grey" : open && row.severity === "high" ? "s-crit" : ""}`} title="at its peak">{sigma(row.peak_sigma)}</span>
      <span class="what" title={`${featureOf(row)}: ${value}`}>{featureOf(row)} · {gone ? [note || reason.toLowerCase(), row.dismissed_by].filter(Boolean).join(", ") : value}</span>
      <span class="at num">{open ? lasted(row, now) : whenOf(row.opened_at, now)}</span>
    </a></li>
  );
}
