// What just happened, for ten seconds; held while hovered or focused.
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";

interface Note {
  id: number;
  what: string;
  more?: string;
}
type Say = (what: string, more?: string) => void;
const ToastContext = createContext<Say>(() => undefined);
export const useToast = (): Say => useContext(ToastContext);
const SHOWN_MS = 10_000;

export function Toasts({ children }: { children: ComponentChildren }): JSX.Element {
  const [note, set] = useState<Note | null>(null);
  const [held, hold] = useState(false);
  const say = useMemo<Say>(() => (what, more) => set((before) => ({ id: (before?.id ?? 0) + 1, what, ...(more ? { more } : {}) })), []);
  useEffect(() => {
    if (!note || held) return;
    const timer = setTimeout(() => set(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [note, held]);
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div role="status">
        {note && <div class="toast" onMouseEnter={() => hold(true)} onMouseLeave={() => hold(false)} onFocusCapture={() => hold(true)} onBlurCapture={() => hold(false)}><p><b>{note.what}</b>{note.more && <span>{note.more}</span>}</p><button class="btn quiet icon" type="button" aria-label="Dismiss" onClick={() => set(null)}>✕</button></div>}
      </div>
    </ToastContext.Provider>
  );
}
