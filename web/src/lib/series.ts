// Which colour a name has: five colours, given out in the order of need and then kept, so that a feature looks the same on every page.
// Grey (0) is "untagged", "other", and whatever came after the colours were gone.
export const COLOURS = 5;
const KEPT = "lectr:colours";

type Slots = Map<string, number>;
const slots: Slots = load();

function load(): Slots {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as [string, number][]);
  } catch {
    return new Map();
  }
}
function keep(): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...slots]));
  } catch {
    // A browser that keeps nothing gives the colours out anew.
  }
}
export function forgetColours(): void {
  slots.clear();
  keep();
}

const SLOTS = Array.from({ length: COLOURS }, (_, n) => n + 1);
const ownedIn = (dimension: string, known: Slots): Set<number> => new Set([...known].filter(([key]) => key.startsWith(`${dimension}\n`)).map(([, slot]) => slot));
const grey = (name: string | null): boolean => name === null || name === "" || name === "untagged";
const id = (dimension: string, name: string): string => `${dimension}\n${name}`;

// The colours of names that stand side by side, the largest first: each its own. Pure but for `known`, which learns: a name comes to own a colour
// that is nobody's yet; without one it borrows what is free here, for here.
export function assign(dimension: string, names: readonly (string | null)[], known: Slots): number[] {
  const taken = new Set<number>();
  const given = names.map((name) => {
    const slot = grey(name) ? undefined : known.get(id(dimension, name as string));
    if (slot === undefined || taken.has(slot)) return 0;
    taken.add(slot);
    return slot;
  });
  return names.map((name, n) => {
    if (given[n] !== 0 || grey(name)) return given[n] ?? 0;
    const owned = ownedIn(dimension, known);
    const free = SLOTS.filter((slot) => !taken.has(slot));
    const slot = free.find((one) => !owned.has(one)) ?? free[0];
    if (slot === undefined) return 0;
    taken.add(slot);
    if (!owned.has(slot) && !known.has(id(dimension, name as string))) known.set(id(dimension, name as string), slot);
    return slot;
  });
}

export function coloursOf(dimension: string, names: readonly (string | null)[]): number[] {
  const before = slots.size;
  const found = assign(dimension, names, slots);
  if (slots.size !== before) keep();
  return found;
}
export const colourOf = (dimension: string, name: string | null): number => (grey(name) ? 0 : (slots.get(id(dimension, name as string)) ?? 0));
