import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { compareDocuments, folded, type DiffRow, type Piece } from "../../lib/diff";
import { count } from "../../lib/format";

function Text({ pieces, sign, word }: { pieces: Piece[]; sign: string; word: "ins" | "del" | null }): JSX.Element {
  const Word = word ?? "span";
  return <>{sign}{pieces.map((piece, n) => (piece.marked ? <Word key={n}>{piece.text}</Word> : piece.text))}</>;
}
const ROW = { same: "same", change: "chg", add: "come", remove: "gone" } as const;
function Row({ row, one }: { row: DiffRow; one: boolean }): JSX.Element {
  if (row.kind === "fold") return <tr class="fold"><td colSpan={4}>⋯ {count(row.lines)} lines without a change</td></tr>;
  const changed = row.kind !== "same";
  const was = row.before ? <><td class={changed ? "l d" : "l"}>{row.before.line}</td><td class={changed ? "d" : ""}><Text pieces={row.before.pieces} sign={changed ? "− " : "  "} word="del" /></td></> : <><td class="l void" /><td class="void" /></>;
  const is = row.after ? <><td class={changed ? "l a" : "l"}>{row.after.line}</td><td class={changed ? "a" : ""}><Text pieces={row.after.pieces} sign={changed ? "+ " : "  "} word="ins" /></td></> : <><td class="l void" /><td class="void" /></>;
  if (!one) return <tr class={ROW[row.kind]}>{was}{is}</tr>;
  if (row.kind === "same") return <tr class="same"><td class="l">{row.before?.line}</td>{is}</tr>;
  return <>{row.before && <tr class="gone">{<td class="l d">{row.before.line}</td>}<td class="l d" /><td class="d"><Text pieces={row.before.pieces} sign="− " word="del" /></td></tr>}{row.after && <tr class="come"><td class="l a" /><td class="l a">{row.after.line}</td><td class="a"><Text pieces={row.after.pieces} sign="+ " word="ins" /></td></tr>}</>;
}

export interface Versioned {
  version: number;
  document: unknown;
}
export function useDiff(before: Versioned, after: Versioned) {
  return useMemo(() => compareDocuments(before.document, after.document), [before.version, after.version]);
}
export const Counts = ({ added, removed }: { added: number; removed: number }): JSX.Element => <span class="pm"><span class="add">+{count(added)}</span> <span class="del">−{count(removed)}</span></span>;

export function DiffView({ before, after, one }: { before: Versioned; after: Versioned; one: boolean }): JSX.Element {
  const diff = useDiff(before, after);
  const [all, setAll] = useState(false);
  if (!diff) return <div class="empty"><b>Too much differs to show it line by line.</b><span>Both versions can be read whole from the API: /api/v1/control/versions/{after.version}</span></div>;
  if (diff.added + diff.removed === 0) return <div class="empty"><b>No difference.</b><span>Both versions say the same.</span></div>;
  const rows = all ? diff.rows : folded(diff.rows);
  return (
    <>
      <div class="scroll"><table class={one ? "diff one" : "diff"} aria-label={`Version ${before.version} against version ${after.version}`}><colgroup><col class="l" />{one ? <><col class="l" /><col /></> : <><col /><col class="l" /><col /></>}</colgroup><tbody>{rows.map((row, n) => <Row key={n} row={row} one={one} />)}</tbody></table></div>
      {(all || rows.some(({ kind }) => kind === "fold")) && <footer><button class="link lk" type="button" onClick={() => setAll(!all)}>{all ? "Only what changed" : "Show all lines"}</button></footer>}
    </>
  );
}
