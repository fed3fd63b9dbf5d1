// A modal dialog: the browser's own, so focus stays inside, Esc closes, and what lies below is inert.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useFocusBack } from "../lib/use_focus";

export function Dialog({ title, close, wide, children }: { title: string; close: () => void; wide?: boolean; children: ComponentChildren }): JSX.Element {
  const own = useRef<HTMLDialogElement>(null);
  useFocusBack(); // before it opens: that moves the focus
  useLayoutEffect(() => { // at once: what is typed right after the key that opened it is meant for it
    own.current?.showModal();
    own.current?.querySelector<HTMLElement>(".body input, .body select, .body textarea")?.focus(); // not the button that closes it, which comes first
  }, []);
  const outside = (event: MouseEvent) => {
    if (event.target === own.current) close();
  };
  return (
    <dialog ref={own} class={wide ? "dialog wide-d" : "dialog"} aria-label={title} onCancel={(event) => {
      event.preventDefault();
      close();
    }} onClose={close} onMouseDown={outside}>
      <header><h2>{title}</h2><button class="btn quiet icon" type="button" aria-label="Close" onClick={close}>✕</button></header>
      <div class="body">{children}</div>
    </dialog>
  );
}
