// Who had the focus before something opened has it again when that is gone; where that is gone too, the page has it, so that keys and screen readers
// go on from there.
import { useEffect, useLayoutEffect } from "preact/hooks";

const lost = (): boolean => document.activeElement === document.body || document.activeElement === null;
const toPage = (): void => document.getElementById("main")?.focus({ preventScroll: true });

// After `version` something that had the focus may be gone.
export function useFocusKept(version: number | undefined): void {
  useEffect(() => {
    if (version !== undefined && lost()) toPage();
  }, [version]);
}

export function useFocusBack(): void {
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    // Not before it is gone: below an open dialog all is inert.
    return () => void setTimeout(() => {
      if (!lost()) return; // somebody took it already
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
      else toPage();
    });
  }, []);
}
