import type { JSX } from "preact";
import type { Overview as Figures } from "../api/types";
import { RANGE_WORDS } from "../components/frame";
import { RequestList } from "../components/request_list";
import { count, providerName } from "../lib/format";
import { go, type Place } from "../lib/route";
import type { Polled } from "../lib/use_poll";
import type { Rows } from "../lib/use_rows";

export function Requests({ place, figures, rows, hold }: { place: Place; figures: Polled<Figures>; rows: Rows; hold: (held: boolean) => void }): JSX.Element {
  const data = figures.data;
  return (
    <>
      <div class="head"><h1>Requests</h1>{data && <span class="sub"><b class="strong">{count(data.requests)}</b> in {RANGE_WORDS[place.range]}, {count(data.errors)} failed</span>}</div>
      <Filters place={place} providers={data?.providers.flatMap((row) => (row.provider ? [row.provider] : [])) ?? []} />
      <section class="card"><RequestList rows={rows} place={place} holding={hold} /></section>
    </>
  );
}

// One chip per provider seen, failed ones only, and what was chosen elsewhere. They live in the address.
function Filters({ place, providers }: { place: Place; providers: string[] }): JSX.Element {
  const toggle = (name: string, value: string) => {
    const filters = { ...place.filters };
    if (filters[name] === value) delete filters[name];
    else filters[name] = value;
    go({ ...place, filters, row: null });
  };
  const chip = (name: string, value: string, label: JSX.Element) => (
    <button key={`${name}=${value}`} class="chip" type="button" aria-pressed={place.filters[name] === value} onClick={() => toggle(name, value)}>{label}</button>
  );
  const chosen = place.filters["provider"];
  const shown = chosen && !providers.includes(chosen) ? [...providers, chosen] : providers;
  return (
    <div class="filters" role="group" aria-label="Filters">
      {chip("errors", "true", <b>Failed</b>)}
      {shown.map((name) => chip("provider", name, <><i>provider</i> <b>{providerName(name)}</b></>))}
      {["model", "feature"].map((name) => {
        const value = place.filters[name];
        return value ? chip(name, value, <><i>{name}</i> <b>{value}</b></>) : null;
      })}
      {Object.keys(place.filters).length > 0 && <button class="btn quiet" type="button" onClick={() => go({ ...place, filters: {}, row: null })}>Clear filters</button>}
    </div>
  );
}
