// What just happened, for ten seconds; held while hovered or focused. What can be taken back has a button for it.
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../lib/use_keys";

interface Action {
  verb: string;
  keys: string;
  act: () => void;
}
interface Note {
  id: number;
  what: string;
  more?: string | undefined;
  action?: Action | undefined;
}
interface Say {
  (what: string, more?: string, action?: Action): void;
  more: (what: string, more: string) => void; // added to the same note while it is still there
}
const ToastContext = createContext<Say>(Object.assign(() => undefined, { more: () => undefined }));
export const useToast = (): Say => useContext(ToastContext);
const SHOWN_MS = 10_000;

export function Toasts({ children }: { children: ComponentChildren }): JSX.Element {
  const [note, set] = useState<Note | null>(null);
  const [held, hold] = useState(false);
  const say = useMemo<Say>(() => Object.assign((what: string, more?: string, action?: Action) => set((before) => ({ id: (before?.id ?? 0) + 1, what, more, action })), {
    more: (what: string, more: string) => set((before) => (before?.what === what ? { ...before, more } : before)),
  }), []);
  useEffect(() => {
    if (!note || held) return;
    const timer = setTimeout(() => set(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [note?.id, held]);
  const latest = useRef(note);
  latest.current = note;
  const act = () => {
    const action = latest.current?.action;
    set(null);
    hold(false);
    action?.act();
  };
  useKeys({}, { "mod+z": (event) => {
    if (!latest.current?.action || (event.target instanceof Element && event.target.closest("input, textarea, [contenteditable]"))) return;
    event.preventDefault();
    act();
  } });
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div role="status">
        {note && <div class="toast" onMouseEnter={() => hold(true)} onMouseLeave={() => hold(false)} onFocusCapture={() => hold(true)} onBlurCapture={() => hold(false)}><p><b>{note.what}</b>{note.more && <span>{note.more}</span>}</p>{note.action && <button class="btn" type="button" onClick={act}>{note.action.verb} <kbd>{note.action.keys}</kbd></button>}<button class="btn quiet icon" type="button" aria-label="Dismiss" onClick={() => { set(null); hold(false); }}>✕</button></div>}
      </div>
    </ToastContext.Provider>
  );
}
