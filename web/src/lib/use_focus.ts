// Who had the focus before something opened has it again when that is gone; where that is gone too, the page has it, so that keys and screen readers
// go on from there.
import { useEffect } from "preact/hooks";

export function useFocusBack(): void {
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    // Not before it is gone: below an open dialog all is inert.
    return () => void setTimeout(() => {
      if (document.activeElement !== document.body && document.activeElement !== null) return; // somebody took it already
      (before?.isConnected && before !== document.body ? before : document.getElementById("main"))?.focus({ preventScroll: true });
    });
  }, []);
}
