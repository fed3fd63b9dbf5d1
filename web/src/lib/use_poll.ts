import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";

export interface Polled<T> {
  data: T | null;
  error: ApiError | null;
  retry: () => void;
}

// Asks at once and then every `every_ms` while the page is visible and `on`. A slow answer is awaited, never overtaken. An error keeps the
// last data; `key` starts anew.
export function usePoll<T>(ask: (signal: AbortSignal) => Promise<T>, every_ms: number, key: string, on = true): Polled<T> {
  const [state, set] = useState<{ key: string; data: T | null; error: ApiError | null }>({ key, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (!stop.signal.aborted) timer = setTimeout(round, every_ms);
    };
    const round = async () => {
      if (document.hidden) return again();
      try {
        const data = await latest.current(stop.signal);
        if (!stop.signal.aborted) set({ key, data, error: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, "internal", "The page failed to read the answer.");
        set((before) => ({ key, data: before.key === key ? before.data : null, error: known }));
      }
      again();
    };
    void round();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, every_ms, on, turn]);

  const retry = useCallback(() => setTurn((before) => before + 1), []);
  return { data: state.key === key ? state.data : null, error: state.key === key ? state.error : null, retry };
}
