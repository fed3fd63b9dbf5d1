// The control surface: what steers traffic and spend. None of it is there yet, and that is what it says.
import type { JSX } from "preact";

const PARTS: [name: string, says: string][] = [
  ["Routing rules", "Requests go where they ask to go."],
  ["Spend limits", "Nothing caps spend; it is only counted."],
  ["Fallback", "One provider, one try; a failure reaches the client."],
];

export function Control(): JSX.Element {
  return (
    <section class="strip g3" aria-label="Control surface">
      {PARTS.map(([name, says]) => <div class="ctl-tile" key={name}><h2>{name}</h2><span class="badge">Not set up yet</span><span /><p title={says}>{says}</p></div>)}
    </section>
  );
}
