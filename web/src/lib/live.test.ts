import { expect, test } from "vitest";
import type { RequestRow } from "../api/types";
import { append, KEEP_ROWS, merge, since } from "./live";

const row = (n: number): RequestRow => ({ id: `id-${String(n).padStart(6, "0")}`, completed_at: new Date(Date.UTC(2026, 10, 19, 14, 0, 0, n)).toISOString() }) as RequestRow;
const rows = (...numbers: number[]): RequestRow[] => numbers.map(row);
const ids = (list: readonly RequestRow[]): number[] => list.map(({ id }) => Number(id.slice(3)));

test("new rows come on top, once", () => {
  const merged = merge(rows(3, 2, 1), rows(5, 4, 3, 2), false);
  expect(ids(merged.rows)).toEqual([5, 4, 3, 2, 1]);
  expect([...merged.fresh]).toEqual([row(5).id, row(4).id]);
  expect(merged.gap).toBe(false);
});

test("one that arrives late takes its place", () => expect(ids(merge(rows(5, 3, 1), rows(4), false).rows)).toEqual([5, 4, 3, 1]));

test("more than one answer holds: what is not joined goes", () => {
  const merged = merge(rows(3, 2, 1), rows(9, 8, 7), true);
  expect(merged.gap).toBe(true);
  expect(ids(merged.rows)).toEqual([9, 8, 7]);
});

test("a full answer that overlaps is no gap", () => expect(merge(rows(3, 2, 1), rows(5, 4, 3), true).gap).toBe(false));
test("the first answer is no gap", () => expect(merge([], rows(9, 8), true).gap).toBe(false));
test("same moment: the id decides", () => {
  const [a, b] = [{ ...row(1), completed_at: row(9).completed_at }, row(9)];
  expect(ids(merge([], [a, b], false).rows)).toEqual([9, 1]);
});

test("the list has a bound", () => {
  const many = Array.from({ length: KEEP_ROWS + 50 }, (_, n) => row(n));
  expect(merge([], many, false).rows).toHaveLength(KEEP_ROWS);
  expect(merge([], many, false).cut).toBe(true);
  expect(merge([], many, false, KEEP_ROWS * 2)).toMatchObject({ cut: false, gap: false });
});

test("older pages go below, once", () => expect(ids(append(rows(5, 4), rows(4, 3)))).toEqual([5, 4, 3]));
test("asks a little further back than the newest", () => {
  expect(since(rows(9_000))).toBe("2026-11-19T14:00:04.000Z");
  expect(since([])).toBeUndefined();
});
