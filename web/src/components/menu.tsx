// A button that opens a small panel: closes on Esc, on a click elsewhere, and gives the focus back.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { DownIcon } from "./icons";

interface MenuProps {
  label: ComponentChildren;
  name: string;
  open: boolean;
  set: (open: boolean) => void;
  small?: string; // class of the button
  children: ComponentChildren;
}

export function Menu({ label, name, open, set, small, children }: MenuProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    set(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const inside = (what: string) => root.current?.querySelector<HTMLElement>(`.panel ${what}`);
    (inside("[aria-pressed='true']") ?? inside("button"))?.focus();
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) set(false);
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || (event.target as Element).matches("input")) return;
    event.preventDefault();
    const items = [...(root.current?.querySelectorAll<HTMLElement>(".panel button") ?? [])];
    items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
  };
  return (
    <div class="menu-root" ref={root} onKeyDown={keys}>
      <button ref={button} class={`btn ${small ?? ""}`} type="button" aria-haspopup="true" aria-expanded={open} title={name} onClick={() => set(!open)}>{label} <DownIcon /></button>
      {open && <div class="panel" role="group" aria-label={name} onClick={(event) => (event.target as Element).closest("[data-close]") && close()}>{children}</div>}
    </div>
  );
}

export function Pick<T extends string>({ value, current, pick, children }: { value: T; current: T; pick: (value: T) => void; children: ComponentChildren }): JSX.Element {
  return <button type="button" class="item" data-close aria-pressed={value === current} onClick={() => pick(value)}>{children}</button>;
}
