// The live list: new rows on top, each once, in the order in which they ended. Pure.
import type { RequestRow } from "../api/types";

export const KEEP_ROWS = 500;
export const KEEP_HELD = 20_000; // while one reads further down nothing is let go, up to here
// Rows reach the store in batches of several workers: one that ended a little earlier may arrive a little later.
const OVERLAP_MS = 5_000;

const newerFirst = (a: RequestRow, b: RequestRow): number =>
  a.completed_at !== b.completed_at ? (a.completed_at < b.completed_at ? 1 : -1) : a.id < b.id ? 1 : a.id > b.id ? -1 : 0;

export function since(rows: readonly RequestRow[]): string | undefined {
  const newest = rows[0];
  return newest === undefined ? undefined : new Date(Date.parse(newest.completed_at) - OVERLAP_MS).toISOString();
}

export interface Merged {
  rows: RequestRow[];
  fresh: ReadonlySet<string>; // ids that were not there before
  gap: boolean; // more came than one answer holds: what was there is no longer joined to it and was let go
  cut: boolean; // older rows were let go to keep the bound
}

// `more`: there are new rows between these and the ones we have.
export function merge(rows: readonly RequestRow[], page: readonly RequestRow[], more: boolean, keep = KEEP_ROWS): Merged {
  const known = new Set(rows.map((row) => row.id));
  const fresh = page.filter((row) => !known.has(row.id));
  const gap = more && rows.length > 0 && fresh.length === page.length;
  const joined = (gap ? [...page] : [...fresh, ...rows]).sort(newerFirst);
  return { rows: joined.slice(0, keep), fresh: new Set(fresh.map((row) => row.id)), gap, cut: joined.length > keep };
}

export function append(rows: readonly RequestRow[], page: readonly RequestRow[]): RequestRow[] {
  const known = new Set(rows.map((row) => row.id));
  return [...rows, ...page.filter((row) => !known.has(row.id))].sort(newerFirst);
}
