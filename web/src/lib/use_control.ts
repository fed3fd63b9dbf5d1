// The control state in force, and the one way to change it: a whole document, made from a version that must still be in force. Every change can be
// taken back from its toast, by a version more.
import { createContext } from "preact";
import { useContext, useMemo, useRef } from "preact/hooks";
import { ApiError } from "../api/client";
import { control, type ControlDocument, type ControlState, type Instances } from "../api/control";
import { useToast } from "../components/toast";
import { inForce } from "./control";
import { useQuery, type Answer } from "./use_query";

export interface Control {
  state: Answer<ControlState>;
  instances: Instances | null;
  // Throws what was refused; after 409 the newer state is asked for, so that it can be shown.
  save: (base: ControlState, document: ControlDocument, what: string, note?: string, recommendation?: string) => Promise<ControlState>;
}
const nothing = { data: null, error: null, retry: () => undefined };
export const ControlContext = createContext<Control>({ state: nothing, instances: null, save: () => Promise.reject(new Error("no control state here")) });
export const useControl = (): Control => useContext(ControlContext);

const SETTLE_MS = 350; // instances take a change within 250 ms

export function useControlSource(beat: number): Control {
  const state = useQuery("control", control.state, beat);
  const instances = useQuery("instances", control.instances, beat + (state.data?.version ?? 0));
  const say = useToast();
  const latest = useRef(state);
  latest.current = state;
  const save = useMemo(() => {
    const put: Control["save"] = async (base, document, what, note, recommendation) => {
      try {
        const next = await control.save(base.version, document, note, recommendation);
        latest.current.retry();
        const undo = async () => {
          try {
            await put(next, base.document, `Undone: ${what.charAt(0).toLowerCase()}${what.slice(1)}`, `undoes version ${next.version}`);
          } catch (reason) {
            say("Not undone, nothing changed", reason instanceof ApiError ? reason.message : undefined);
          }
        };
        say(what, `version ${next.version}`, { verb: "Undo", keys: "⌘Z", act: () => void undo() });
        setTimeout(() => void control.instances().then((found) => say.more(what, [`version ${next.version}`, inForce(found, next.version)].filter(Boolean).join(", "))).catch(() => undefined), SETTLE_MS);
        return next;
      } catch (reason) {
        if (reason instanceof ApiError && reason.status === 409) latest.current.retry();
        throw reason;
      }
    };
    return put;
  }, [say]);
  return { state, instances: instances.data, save };
}
