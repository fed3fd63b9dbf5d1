// An org may say that its control state is changed by its document alone: then pages show it, and change nothing.
import type { JSX } from "preact";
import type { Drift } from "../../api/control";
import type { Me } from "../../api/types";
import { clock, day } from "../../lib/format";
import { useControl } from "../../lib/use_control";

// Who is looking, as far as the control state goes.
export function useLooker(me: Me): Me {
  const { state } = useControl();
  return state.data?.document.document_only ? { ...me, role: "viewer" } : me;
}

export function OnlyDocument(): JSX.Element | null {
  const { state } = useControl();
  if (!state.data?.document.document_only) return null;
  return <div class="banner" role="note"><span class="dot" /><div><b>Changed by its document alone.</b><p>This org has said so: edit the file and run <code>lectr apply</code>. Here it is shown, with all its history.</p></div></div>;
}

export function Drifted({ drift }: { drift: Drift }): JSX.Element {
  return <div class="banner warn" role="note"><span class="dot warn" /><div><b>Edited by hand since its document was applied.</b><p>{drift.edits === 1 ? "One version" : `${drift.edits} versions`} came after v{drift.version}, which {drift.applied_by} applied on {day(drift.applied_at)}, {clock(drift.applied_at)} UTC. The next apply of that file would take them back: export what is in force, and commit it.</p></div></div>;
}
