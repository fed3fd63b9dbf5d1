// Who is signed in, where we are, and what all pages share: status, figures, and the live rows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ApiError } from "./api/client";
import type { Me } from "./api/types";
import { Details } from "./components/details";
import { Frame } from "./components/frame";
import { Failure } from "./components/parts";
import { follow, go, usePlace } from "./lib/route";
import { usePoll } from "./lib/use_poll";
import { useRows } from "./lib/use_rows";
import { Login } from "./pages/login";
import { Overview } from "./pages/overview";
import { Requests } from "./pages/requests";

type Who = { state: "asking" } | { state: "out"; note: string | null } | { state: "in"; me: Me } | { state: "error"; error: ApiError };

export function App(): JSX.Element {
  const [who, set] = useState<Who>({ state: "asking" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    api.me(stop.signal).then(
      (me) => set({ state: "in", me }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) set({ state: "out", note: null });
        else set({ state: "error", error: error instanceof ApiError ? error : new ApiError(0, "internal", "The page failed to read the answer.") });
      },
    );
    return () => stop.abort();
  }, [turn]);

  if (who.state === "in") return <SignedIn me={who.me} signedOut={(note) => set({ state: "out", note })} />;
  if (who.state === "out") return <Login note={who.note} signedIn={(me) => set({ state: "in", me })} />;
  if (who.state === "error") return <main class="lone"><Failure error={who.error} retry={() => setTurn(turn + 1)} what="Your sign-in" /></main>;
  return <main class="lone" aria-busy="true"><span class="dim">Loading</span></main>;
}

function SignedIn({ me, signedOut }: { me: Me; signedOut: (note: string | null) => void }): JSX.Element {
  const place = usePlace();
  const [live, setLive] = useState(true);
  const [hovered, hold] = useState(false);
  const scrolled = useScrolled();
  const status = usePoll((signal) => api.status(signal), 5_000, "status", live);
  const figures = usePoll((signal) => api.overview(place.range, signal), 5_000, place.range, live);
  const filters = place.page === "requests" ? place.filters : {};
  const rows = useRows(filters, hovered || scrolled || place.row !== null, live);
  const error = status.error ?? figures.error ?? rows.error;

  useEffect(() => {
    if (error?.status === 401) signedOut("You were signed out. Sign in again to go on.");
  }, [error]);
  useEffect(() => {
    document.title = `${place.page === "overview" ? "Overview" : "Requests"} · ${me.org.name ?? "org"} · Lectr`;
  }, [place.page]);
  useKeys(() => setLive((before) => !before), () => place.row && go({ ...place, row: null }));

  const shared = { place, figures, rows, hold };
  return (
    <div onClick={follow}>
      <Frame me={me} place={place} status={status.data} overview={figures.data} error={error} live={live} waiting={rows.waiting} setLive={setLive} signOut={() => signedOut(null)}>
        {place.page === "overview" ? <Overview me={me} {...shared} /> : <Requests {...shared} />}
      </Frame>
      {place.row && <Details key={place.row} id={place.row} known={rows.shown.find((row) => row.id === place.row)} close={() => go({ ...place, row: null })} />}
    </div>
  );
}

function useScrolled(): boolean {
  const [scrolled, set] = useState(false);
  useEffect(() => {
    const look = () => set(scrollY > 120);
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  return scrolled;
}

// Single keys rest while a field or a button has the focus.
function useKeys(space: () => void, escape: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape") return escape();
      if (event.key !== " " || (event.target as Element).closest("input, button, a, select, textarea, pre")) return;
      event.preventDefault();
      space();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}
