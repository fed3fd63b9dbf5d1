import type { JSX } from "preact";
import { Dialog } from "./dialog";

const KEYS: [string, [keys: string, does: string][]][] = [
  ["Anywhere", [["⌘ K  or  Ctrl K", "find or go to"], ["T", "time range"], ["Space", "live or paused"], ["V", "charts or their tables"], ["E", "CSV of this page"], ["C", "compare with the time before"], ["R", "ask again"], ["?", "this list"]]],
  ["Go to", [["G O", "Overview"], ["G R", "Requests"], ["G C", "Costs"], ["G A", "Anomalies"], ["G E", "Recommendations"], ["G T", "Routing"], ["G F", "Fallback"], ["G L", "Limits & budgets"], ["G H", "Changes"], ["G S", "Settings"]]],
  ["Requests", [["/", "filter"], ["⇧ Esc", "clear filters"], ["J  K", "next, previous"], ["Enter", "open"], ["Esc", "close"]]],
  ["Charts", [["← →", "read the steps, ⇧ by ten"], ["Enter", "rows of that step"], ["drag", "zoom in, double click back"]]],
  ["Control", [["N", "new rule, budget or limit"], ["⌥ ↑  ⌥ ↓", "move the rule that has the focus"], ["⌘ ↵", "save"], ["⌘ Z", "undo, while its note is there"]]],
  ["Anomalies", [["J  K", "next, previous"], ["D", "dismiss, with the reason chosen"]]],
  ["Settings", [["N", "new key, member, token, price"]]],
];

export function Help({ close }: { close: () => void }): JSX.Element {
  return (
    <Dialog title="Keyboard" close={close} wide>
      <div class="keys">
        {KEYS.map(([name, list]) => (
          <section key={name}><h3>{name}</h3><dl>{list.map(([keys, does]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{does}</dd></div>)}</dl></section>
        ))}
      </div>
      <p class="dim note">Single keys rest while a field has the focus.</p>
    </Dialog>
  );
}
