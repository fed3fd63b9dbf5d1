// Canvas knows no custom properties: their colours are read from the page, and again when light turns to dark.
import { useEffect, useState } from "preact/hooks";

export interface Palette {
  series: string[]; // 0 is grey
  crit: string;
  warn: string;
  band: string;
  text: string;
  grid: string;
  axis: string;
  surface: string;
  font: string;
}

let probe: HTMLElement | null = null;
function resolve(name: string): string {
  if (!probe) {
    probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

const read = (): Palette => ({
  series: [0, 1, 2, 3, 4, 5].map((n) => resolve(`--s${n}`)),
  crit: resolve("--crit"), warn: resolve("--warn"), band: resolve("--band"), text: resolve("--text-3"), grid: resolve("--grid"), axis: resolve("--axis"), surface: resolve("--surface"),
  font: `11px ${getComputedStyle(document.body).fontFamily}`,
});

export const THEME = "lectr:theme";
export function usePalette(): Palette {
  const [palette, set] = useState(read);
  useEffect(() => {
    const again = () => set(read());
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", again);
    addEventListener(THEME, again);
    return () => {
      dark.removeEventListener("change", again);
      removeEventListener(THEME, again);
    };
  }, []);
  return palette;
}

export type Theme = "system" | "light" | "dark";
export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(THEME);
    else localStorage.setItem(THEME, theme);
  } catch {
    // Then it holds for this page only.
  }
  dispatchEvent(new Event(THEME));
}
export function restoreTheme(): void {
  try {
    const kept = localStorage.getItem(THEME);
    if (kept === "light" || kept === "dark") document.documentElement.dataset["theme"] = kept;
  } catch {
    // As the system has it.
  }
}
