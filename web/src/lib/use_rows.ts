import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, known, type ApiError } from "../api/client";
import type { RequestRow } from "../api/types";
import { matches, type Filters } from "./filters";
import { append, KEEP_HELD, KEEP_ROWS, merge, since } from "./live";
import { endsNow, rangeQuery, rangeText, seconds, type Range } from "./range";
import type { Sort } from "./route";
import { useLive } from "./use_live";

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
  release: () => void; // lets in what waits
}

interface State {
  all: RequestRow[];
  shown: RequestRow[];
  fresh: ReadonlySet<string>;
  next: string | null;
  cut: boolean; // older rows were let go: the cursor no longer joins
  came: number; // matching rows since the list was sorted by something else than time
  loading: boolean;
  loadingMore: boolean;
  error: ApiError | null;
}

const PAGE = 100;
const AGAIN_MS = 3_000;
const START: State = { all: [], shown: [], fresh: new Set(), next: null, cut: false, came: 0, loading: true, loadingMore: false, error: null };

// The requests under these filters: a first page, older ones on demand, new ones from the stream. `held`: new ones wait.
export function useRows(filters: Filters, range: Range, sort: Sort, held: boolean): Rows {
  const live = useLive();
  const key = JSON.stringify([filters, rangeText(range), sort]);
  const [state, set] = useState<State>(START);
  const [turn, setTurn] = useState(0);
  const moving = endsNow(range) && sort === "time";
  const now = useRef({ state, held, on: live.on });
  now.current = { state, held, on: live.on };
  const ask = (more: Record<string, string | number | undefined>) => ({ ...filters, ...rangeQuery(range), ...(sort === "time" ? {} : { sort }), ...more });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [started, asking] = [false, false];
    const failed = (reason: unknown) => {
      if (stop.signal.aborted) return;
      set((before) => ({ ...before, loading: false, error: known(reason) }));
      timer = setTimeout(() => void (started ? catchUp() : first()), AGAIN_MS);
    };
    const first = async () => {
      try {
        const page = await api.requests(ask({ limit: PAGE }), stop.signal);
        if (stop.signal.aborted) return;
        started = true;
        set({ ...START, all: page.rows, shown: page.rows, next: page.next, loading: false });
      } catch (reason) {
        failed(reason);
      }
    };
    const take = (rows: RequestRow[], more: boolean, next: string | null) =>
      set((before) => {
        const still = now.current.held || !now.current.on;
        const merged = merge(before.all, rows, more, still ? KEEP_HELD : KEEP_ROWS);
        if (merged.fresh.size === 0) return before.error ? { ...before, error: null } : before;
        return {
          ...before, all: merged.rows, shown: still ? before.shown : merged.rows, fresh: merged.fresh,
          next: merged.gap ? next : before.next, cut: !merged.gap && (before.cut || merged.cut), error: null,
        };
      });
    // From a little before the newest row that is known: what the stream may have missed.
    const catchUp = async () => {
      if (!started || asking) return;
      asking = true;
      clearTimeout(timer);
      try {
        const from = since(now.current.state.all);
        const page = await api.requests({ ...filters, limit: 200, ...(from ? { from } : rangeQuery(range)) }, stop.signal);
        if (!stop.signal.aborted) take(page.rows, page.next !== null, page.next);
      } catch (reason) {
        failed(reason);
      } finally {
        asking = false;
      }
    };
    const unlisten = live.listen((rows, more) => {
      if (!started) return;
      if (!moving) {
        const came = endsNow(range) && rows ? rows.filter((row) => matches(row, filters)).length : 0;
        if (came > 0) set((before) => ({ ...before, came: before.came + came }));
        return;
      }
      if (rows === null || more) return void catchUp();
      const mine = rows.filter((row) => matches(row, filters));
      if (mine.length > 0 || now.current.state.error) take(mine, false, null);
    });
    set(START);
    void first();
    return () => {
      stop.abort();
      clearTimeout(timer);
      unlisten();
    };
  }, [key, turn]);

  const release = useCallback(() => {
    if (now.current.state.came > 0) setTurn((before) => before + 1);
    else set((before) => {
      if (before.shown === before.all) return before;
      const all = before.all.slice(0, KEEP_ROWS);
      return { ...before, all, shown: all, cut: before.cut || all.length < before.all.length };
    });
  }, []);
  useEffect(() => {
    if (!held && live.on && moving) release();
  }, [held, live.on]);

  const loadMore = useCallback(async () => {
    const { next, cut, all, loadingMore } = now.current.state;
    const oldest = all[all.length - 1];
    if (loadingMore || (next === null && !cut)) return;
    set((before) => ({ ...before, loadingMore: true }));
    try {
      const window = cut && oldest ? { window: "", from: new Date(Date.now() - seconds(range) * 1_000).toISOString(), to: new Date(Date.parse(oldest.completed_at) + 1).toISOString() } : { cursor: next ?? "" };
      const page = await api.requests(ask({ limit: PAGE, ...window }));
      set((before) => ({ ...before, all: join(before.all, page.rows), shown: join(before.shown, page.rows), next: page.next, cut: false, loadingMore: false, error: null }));
    } catch (reason) {
      set((before) => ({ ...before, loadingMore: false, error: known(reason) }));
    }
  }, [key]);
  const join = (rows: RequestRow[], page: RequestRow[]) => (sort === "time" ? append(rows, page) : [...rows, ...page]);

  const top = state.shown[0];
  const behind = state.shown === state.all || top === undefined ? 0 : state.all.findIndex((row) => row.id === top.id);
  return {
    ...state, waiting: state.came + (behind < 0 ? state.all.length : behind), more: state.next !== null || state.cut,
    retry: () => setTurn((before) => before + 1), loadMore: () => void loadMore(), release,
  };
}
