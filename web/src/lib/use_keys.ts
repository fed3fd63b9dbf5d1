// Single keys, and two of them in a row ("G R"). They rest while a field has the focus, and never take what a browser or a control wants.
import { useEffect, useRef } from "preact/hooks";

export type Keys = Record<string, (event: KeyboardEvent) => void>;
export const NEW_THING = "lectr:new"; // "N": whatever can be made here listens
export const STEP_THING = "lectr:step"; // "J" and "K" on a page with a list of its own; detail: 1 or -1
export const DISMISS_THING = "lectr:dismiss"; // "D": what can be dismissed listens
const SEQUENCE_MS = 1_200;

const typing = (target: EventTarget | null): boolean => target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
const control = (target: EventTarget | null): boolean => target instanceof Element && target.closest("button, a, summary, [role='option']") !== null;
const covered = (): boolean => document.querySelector("dialog[open]") !== null;

// Names: "r", "g r", "Escape", "shift+Escape", "mod+k", " ", "?". `everywhere`: also in a field and below a dialog.
export function useKeys(keys: Keys, everywhere: Keys = {}): void {
  const latest = useRef({ keys, everywhere });
  latest.current = { keys, everywhere };
  useEffect(() => {
    let first = "";
    let at = 0;
    const pressed = (event: KeyboardEvent) => {
      const plain = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const name = (event.ctrlKey || event.metaKey ? "mod+" : "") + (event.altKey ? "alt+" : "") + (event.shiftKey && event.key.length > 1 ? "shift+" : "") + plain;
      const always = latest.current.everywhere[name];
      if (always) return always(event);
      if (event.defaultPrevented || typing(event.target) || covered() || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((plain === " " || plain === "Enter") && control(event.target)) return;
      const both = Date.now() - at < SEQUENCE_MS ? `${first} ${name}` : "";
      [first, at] = [name, Date.now()];
      const act = latest.current.keys[both] ?? (both.startsWith("g ") ? undefined : latest.current.keys[name]);
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
