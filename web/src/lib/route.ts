// Where we are, from the address: page, range, filters, and the open row. Links and the back button work as everywhere.
import { useEffect, useState } from "preact/hooks";
import type { Range } from "../api/types";

export type Page = "overview" | "requests";
export interface Place {
  page: Page;
  range: Range;
  filters: Record<string, string>;
  row: string | null;
}

export const FILTERS = ["provider", "model", "feature", "errors"] as const;
const RANGES: readonly string[] = ["1h", "24h", "7d"];

export function parse(path: string, search: string): Place {
  const parameters = new URLSearchParams(search);
  const range = parameters.get("range") ?? "24h";
  const filters: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = parameters.get(name);
    if (value) filters[name] = value;
  }
  return {
    page: path.startsWith("/requests") ? "requests" : "overview",
    range: (RANGES.includes(range) ? range : "24h") as Range,
    filters,
    row: parameters.get("row"),
  };
}

export function href(place: Place): string {
  const parameters = new URLSearchParams();
  if (place.range !== "24h") parameters.set("range", place.range);
  for (const [name, value] of Object.entries(place.filters)) if (value) parameters.set(name, value);
  if (place.row) parameters.set("row", place.row);
  const search = parameters.toString();
  return `/${place.page}${search ? `?${search}` : ""}`;
}

const MOVED = "lectr:moved";
export function go(place: Place, how: "push" | "replace" = "push"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", href(place));
  dispatchEvent(new Event(MOVED));
}

export function usePlace(): Place {
  const read = () => parse(location.pathname, location.search);
  const [place, set] = useState(read);
  useEffect(() => {
    const moved = () => set(read());
    addEventListener("popstate", moved);
    addEventListener(MOVED, moved);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(MOVED, moved);
    };
  }, []);
  return place;
}

// For plain left clicks on our own links; the browser does the rest (new tab, copy).
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a[href^='/']");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const address = new URL((link as HTMLAnchorElement).href);
  go(parse(address.pathname, address.search));
}
