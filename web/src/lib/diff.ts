// Two versions of the control document side by side. Documents become lines of YAML, the lines are compared, and inside a changed
// line the words. Pure.
import { diffArrays, diffWordsWithSpace } from "diff";

const PLAIN = /^[A-Za-z_][\w./ :-]*$/;
// Plain words only where no reader of YAML, old or new, takes them for something else.
const scalar = (value: unknown): string => (typeof value === "string" ? (PLAIN.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$|:( |$)| $/i.test(value) ? value : JSON.stringify(value)) : JSON.stringify(value));
const small = (value: unknown): boolean => value === null || typeof value !== "object" || (Array.isArray(value) ? value.length === 0 || value.every((one) => one === null || typeof one !== "object") : Object.keys(value).length === 0);
const inline = (value: unknown): string => (Array.isArray(value) ? `[${value.map(scalar).join(", ")}]` : value !== null && typeof value === "object" ? "{}" : scalar(value));

export function toLines(value: unknown, indent = ""): string[] {
  if (small(value)) return [indent + inline(value)];
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      const [first = "", ...rest] = toLines(one, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value as object).flatMap(([name, one]) => (small(one) ? [`${indent}${scalar(name)}: ${inline(one)}`] : [`${indent}${scalar(name)}:`, ...toLines(one, `${indent}  `)]));
}

export const toYaml = (document: unknown): string => `${toLines(document).join("\n")}\n`;

export interface Piece {
  text: string;
  marked: boolean;
}
export interface Side {
  line: number;
  pieces: Piece[];
}
export type DiffRow = { kind: "same" | "change" | "add" | "remove"; before: Side | null; after: Side | null } | { kind: "fold"; lines: number };
export interface Diff {
  rows: DiffRow[];
  added: number;
  removed: number;
}

const whole = (text: string, line: number): Side => ({ line, pieces: [{ text, marked: false }] });
// The words that differ; lines with little in common are marked as a whole, else every second word would be.
function words(before: string, after: string): [Piece[], Piece[]] {
  const parts = diffWordsWithSpace(before, after);
  const kept = parts.filter((part) => !part.added && !part.removed).reduce((all, part) => all + part.value.trim().length, 0);
  if (kept * 2 < Math.min(before.trim().length, after.trim().length)) return [[{ text: before, marked: false }], [{ text: after, marked: false }]];
  const side = (skip: "added" | "removed") => parts.filter((part) => !part[skip]).map((part) => ({ text: part.value, marked: Boolean(part.added || part.removed) }));
  return [side("added"), side("removed")];
}

const MOST_EDITS = 1_000;
// null: too much differs to show it usefully.
export function diffLines(before: readonly string[], after: readonly string[]): Diff | null {
  const parts = diffArrays([...before], [...after], { maxEditLength: MOST_EDITS });
  if (!parts) return null;
  const rows: DiffRow[] = [];
  let [left, right, added, removed] = [0, 0, 0, 0];
  for (let n = 0; n < parts.length; ++n) {
    const part = parts[n] as { value: string[]; added?: boolean; removed?: boolean };
    if (!part.added && !part.removed) {
      for (const text of part.value) rows.push({ kind: "same", before: whole(text, ++left), after: whole(text, ++right) });
      continue;
    }
    // What went and what came at one place stand beside each other.
    const next = parts[n + 1];
    const paired = next && (next.added || next.removed) && next.added !== part.added ? next : null;
    if (paired) ++n;
    const gone = part.removed ? part.value : paired?.removed ? paired.value : [];
    const come = part.added ? part.value : paired?.added ? paired.value : [];
    removed += gone.length;
    added += come.length;
    for (let k = 0; k < Math.max(gone.length, come.length); ++k) {
      const [was, is] = [gone[k], come[k]];
      if (was !== undefined && is !== undefined) {
        const [old, fresh] = words(was, is);
        rows.push({ kind: "change", before: { line: ++left, pieces: old }, after: { line: ++right, pieces: fresh } });
      } else if (was !== undefined) rows.push({ kind: "remove", before: whole(was, ++left), after: null });
      else rows.push({ kind: "add", before: null, after: whole(is as string, ++right) });
    }
  }
  return { rows, added, removed };
}

// Long stretches without a change fold, but for `context` lines beside each change.
export function folded(rows: readonly DiffRow[], context = 3): DiffRow[] {
  const near = new Set<number>();
  rows.forEach((row, n) => {
    if (row.kind !== "same") for (let k = n - context; k <= n + context; ++k) near.add(k);
  });
  const shown: DiffRow[] = [];
  let hidden: DiffRow[] = [];
  const flush = () => {
    if (hidden.length === 1) shown.push(hidden[0] as DiffRow);
    else if (hidden.length > 1) shown.push({ kind: "fold", lines: hidden.length });
    hidden = [];
  };
  rows.forEach((row, n) => {
    if (near.has(n)) {
      flush();
      shown.push(row);
    } else hidden.push(row);
  });
  flush();
  return shown;
}

// Nothing was there before the first version: not a line, rather than one that says {}.
const empty = (value: unknown): boolean => value !== null && typeof value === "object" && Object.keys(value).length === 0;
const linesOf = (value: unknown): string[] => (empty(value) ? [] : toLines(value));
export const compareDocuments = (before: unknown, after: unknown): Diff | null => diffLines(linesOf(before), linesOf(after));
