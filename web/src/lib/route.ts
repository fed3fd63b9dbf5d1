// Where we are, from the address: page, range, filters, grouping, sort, the open row. Links and the back button work as everywhere.
import { useEffect, useState } from "preact/hooks";
import type { Dimension } from "../api/types";
import { field, forSums, valid, type Filters } from "./filters";
import { parseRange, rangeText, type Range } from "./range";

export const PAGES = ["overview", "requests", "costs", "anomalies", "recommendations", "routing", "fallback", "limits", "changes", "settings"] as const;
export type Page = (typeof PAGES)[number];
export const DIMENSIONS: readonly Dimension[] = ["feature", "model", "provider", "key", "task"];
export const TABS = ["keys", "integrate", "providers", "prices", "members", "tokens", "alerts", "data"] as const;
export type Tab = (typeof TABS)[number];
export const SORTS = ["time", "latency", "ttfb", "tokens", "cost"] as const;
export type Sort = (typeof SORTS)[number];

export interface Place {
  page: Page;
  range: Range;
  filters: Filters;
  by: Dimension;
  compare: boolean;
  table: boolean; // the tables behind the charts
  sort: Sort; // of the request list
  order: string; // of the other tables: a column, "-" before it turns it
  tab: Tab;
  row: string | null;
  item: string | null; // what is open on a control page: a rule, a version, an anomaly
}

// Pages whose figures are of the chosen range; the others have a time of their own.
export const ranged = (page: Page): boolean => page === "overview" || page === "requests" || page === "costs";

const among = <T extends string>(list: readonly T[], text: string | null, otherwise: T): T => ((list as readonly string[]).includes(text ?? "") ? (text as T) : otherwise);

export function parse(path: string, search: string): Place {
  const given = new URLSearchParams(search);
  const filters: Filters = {};
  for (const [name, value] of given) {
    const one = field(name);
    if (one && valid(one, value)) filters[name] = value;
  }
  return {
    page: among(PAGES, path.split("/")[1] ?? "", "overview"),
    range: parseRange(given.get("range")) ?? "24h",
    filters,
    by: among(DIMENSIONS, given.get("by"), "feature"),
    compare: given.get("compare") !== "off",
    table: given.get("view") === "table",
    sort: among(SORTS, given.get("sort"), "time"),
    order: /^-?[a-z0-9_]{1,20}$/.test(given.get("order") ?? "") ? (given.get("order") as string) : "",
    tab: among(TABS, given.get("tab"), "keys"),
    row: given.get("row"),
    item: given.get("item"),
  };
}

export function href(place: Place): string {
  const to = new URLSearchParams();
  const range = rangeText(place.range);
  if (range !== "24h") to.set("range", range);
  for (const [name, value] of Object.entries(place.filters)) if (value) to.set(name, value);
  if (place.page === "overview" || place.page === "costs") {
    if (place.by !== "feature") to.set("by", place.by);
    if (!place.compare) to.set("compare", "off");
  }
  if (place.table) to.set("view", "table");
  if (place.page === "requests" && place.sort !== "time") to.set("sort", place.sort);
  if (place.order) to.set("order", place.order);
  if (place.page === "settings" && place.tab !== "keys") to.set("tab", place.tab);
  if (place.row) to.set("row", place.row);
  if (place.item) to.set("item", place.item);
  const search = to.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
  return `/${place.page}${search ? `?${search}` : ""}`;
}

// Another page keeps the range and what its figures know of the filters.
export function onPage(place: Place, page: Page, change: Partial<Place> = {}): Place {
  const filters = page === "requests" || page === place.page ? place.filters : forSums(place.filters);
  return { ...place, page, filters, row: null, item: null, order: "", sort: "time", table: false, ...change };
}

// The rows behind a number: the same range and filters, and one more.
export const rowsOf = (place: Place, filters: Filters = {}, change: Partial<Place> = {}): string => href(onPage(place, "requests", { filters: { ...place.filters, ...filters }, ...change }));

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

// For plain left clicks on our own links; the browser does the rest (new tab, copy, download).
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a[href^='/']");
  if (!link || link.hasAttribute("download") || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const address = new URL((link as HTMLAnchorElement).href);
  go(parse(address.pathname, address.search));
}
