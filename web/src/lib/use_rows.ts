import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError, type RequestQuery } from "../api/client";
import type { RequestRow } from "../api/types";
import { append, merge, since } from "./live";

export interface Rows {
  shown: RequestRow[];
  fresh: ReadonlySet<string>;
  waiting: number; // came while the list was held still
  loading: boolean;
  loadingMore: boolean;
  more: boolean;
  error: ApiError | null;
  retry: () => void;
  loadMore: () => void;
}

interface State {
  all: RequestRow[];
  shown: RequestRow[];
  fresh: ReadonlySet<string>;
  next: string | null;
  loading: boolean;
  loadingMore: boolean;
  error: ApiError | null;
}

const POLL_MS = 2_000;
const START: State = { all: [], shown: [], fresh: new Set(), next: null, loading: true, loadingMore: false, error: null };

// The newest requests under these filters, asked for every 2 s by the newest row that is known. `held`: new ones wait.
export function useRows(filters: Record<string, string>, held: boolean, on: boolean): Rows {
  const key = JSON.stringify(filters);
  const [state, set] = useState<State>(START);
  const [turn, setTurn] = useState(0);
  const now = useRef({ state, held, on });
  now.current = { state, held, on };

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const round = async () => {
      if (!document.hidden && (first || now.current.on)) {
        try {
          const known = first ? [] : now.current.state.all;
          const ask: RequestQuery = { ...filters, limit: first ? 100 : 200, ...(known.length > 0 ? { from: since(known) } : {}) };
          const page = await api.requests(ask, stop.signal);
          if (stop.signal.aborted) return;
          take(known, page.rows, page.next, first);
          first = false;
        } catch (error) {
          if (stop.signal.aborted) return;
          const known = error instanceof ApiError ? error : new ApiError(0, "internal", "The page failed to read the answer.");
          set((before) => ({ ...before, loading: false, error: known }));
        }
      }
      timer = setTimeout(() => void round(), POLL_MS);
    };
    const take = (known: RequestRow[], rows: RequestRow[], next: string | null, start: boolean) => {
      const merged = merge(known, rows, next !== null);
      set((before) => ({
        ...before,
        all: merged.rows,
        shown: now.current.held && !start ? before.shown : merged.rows,
        fresh: start ? new Set<string>() : merged.fresh.size > 0 ? merged.fresh : before.fresh,
        next: start || merged.gap ? next : before.next,
        loading: false,
        error: null,
      }));
    };
    set(START);
    void round();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, turn]);

  // Let go: what waited comes in.
  useEffect(() => {
    if (!held) set((before) => (before.shown === before.all ? before : { ...before, shown: before.all }));
  }, [held]);

  const loadMore = useCallback(async () => {
    const { next, loadingMore } = now.current.state;
    if (next === null || loadingMore) return;
    set((before) => ({ ...before, loadingMore: true }));
    try {
      const page = await api.requests({ ...filters, limit: 100, cursor: next });
      set((before) => ({ ...before, all: append(before.all, page.rows), shown: append(before.shown, page.rows), next: page.next, loadingMore: false, error: null }));
    } catch (error) {
      set((before) => ({ ...before, loadingMore: false, error: error instanceof ApiError ? error : before.error }));
    }
  }, [key]);

  const top = state.shown[0];
  const waiting = state.shown === state.all || top === undefined ? 0 : state.all.findIndex((row) => row.id === top.id);
  return { ...state, waiting: waiting < 0 ? state.all.length : waiting, more: state.next !== null, retry: () => setTurn((before) => before + 1), loadMore: () => void loadMore() };
}
