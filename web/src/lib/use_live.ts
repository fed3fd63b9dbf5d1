// One stream for the whole page. Whoever shows rows listens; whoever shows figures asks again at every `tick`.
import { createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { openLive, type Link } from "../api/live";
import type { RequestRow, Status } from "../api/types";

type Listener = (rows: RequestRow[] | null, more: boolean) => void; // null: ask yourself
export interface Live {
  on: boolean; // false: paused by hand
  link: Link;
  status: Status | null;
  tick: number;
  listen: (listener: Listener) => () => void;
  touch: () => void; // something was changed here: figures anew
}

const AFTER_ROWS_MS = 900; // figures follow rows within two seconds, and are asked for at most so often
const QUIET_MS = 15_000; // the range moves on even if nothing happens

export function useLiveSource(on: boolean): Live {
  const [link, setLink] = useState<Link>("connecting");
  const [status, setStatus] = useState<Status | null>(null);
  const [tick, setTick] = useState(0);
  const listeners = useRef(new Set<Listener>());
  const now = useRef(on);
  now.current = on;
  const timer = useRef<ReturnType<typeof setTimeout>>();

  const touch = useMemo(() => () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      if (now.current && !document.hidden) setTick((before) => before + 1);
    }, AFTER_ROWS_MS);
  }, []);

  useEffect(() => {
    const tell: Listener = (rows, more) => {
      for (const listener of listeners.current) listener(rows, more);
      touch();
    };
    const close = openLive({ link: setLink, rows: tell, status: setStatus, catchUp: () => tell(null, false) });
    const quiet = setInterval(touch, QUIET_MS);
    return () => {
      close();
      clearInterval(quiet);
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (on) touch();
  }, [on]);

  const listen = useMemo(() => (listener: Listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  return { on, link, status, tick, listen, touch };
}

export const LiveContext = createContext<Live | null>(null);
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("no live context");
  return live;
}
