import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { known, type ApiError } from "../api/client";

export interface Answer<T> {
  data: T | null;
  error: ApiError | null; // beside data: what is shown is old
  retry: () => void;
}

// What was answered last under a key is shown at once when one comes back to it, and asked for again.
const REMEMBERED = 60;
const memory = new Map<string, unknown>();
function remember(key: string, data: unknown): void {
  memory.delete(key);
  memory.set(key, data);
  for (const oldest of memory.keys()) {
    if (memory.size <= REMEMBERED) break;
    memory.delete(oldest);
  }
}
export const forgetAnswers = (): void => memory.clear();

const AGAIN_MS = [2_000, 4_000, 8_000, 15_000];

// Asks at once, at every new `tick`, and after an error by itself. One question at a time: a tick during one asks once more after it.
// `key` names the question; null: ask nothing.
export function useQuery<T>(key: string | null, ask: (signal: AbortSignal) => Promise<T>, tick = 0): Answer<T> {
  const [state, set] = useState<{ key: string | null; data: T | null; error: ApiError | null }>({ key: null, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const again = useRef<(() => void) | null>(null);

  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [busy, wanted, failures] = [false, false, 0];
    const round = async () => {
      if (busy) {
        wanted = true;
        return;
      }
      clearTimeout(timer);
      [busy, wanted] = [true, false];
      try {
        const data = await latest.current(stop.signal);
        if (stop.signal.aborted) return;
        failures = 0;
        remember(key, data);
        set({ key, data, error: null });
      } catch (reason) {
        if (stop.signal.aborted) return;
        set((before) => ({ key, data: before.key === key ? before.data : ((memory.get(key) as T | undefined) ?? null), error: known(reason) }));
        timer = setTimeout(() => void round(), AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)]);
        wanted = false;
      } finally {
        busy = false;
        if (wanted && !stop.signal.aborted) void round();
      }
    };
    again.current = () => void round();
    void round();
    return () => {
      stop.abort();
      clearTimeout(timer);
      again.current = null;
    };
  }, [key, turn]);

  const first = useRef(true);
  useEffect(() => {
    if (!first.current) again.current?.();
    first.current = false;
  }, [tick]);

  const retry = useCallback(() => setTurn((before) => before + 1), []);
  const mine = state.key === key;
  const data = mine ? state.data : key === null ? null : ((memory.get(key) as T | undefined) ?? null);
  return { data, error: mine ? state.error : null, retry };
}
