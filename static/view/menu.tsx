import { Ellipsis } from "lucide-preact";
import { type ComponentChildren, Fragment, type JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "./icon_button.tsx";

/** An entry of a {@linkcode Menu}. */
export interface MenuItem {
  readonly label: string;
  readonly icon: ComponentChildren;
  readonly disabled?: boolean;
  /** Present for one of several choices. */
  readonly checked?: boolean;
  /** The heading of the choices that it is one of. */
  readonly group?: string;
  readonly run: () => void;
}

/** A button with three dots that opens a menu. */
export function Menu(
  { label, items }: { label: string; items: readonly MenuItem[] },
): JSX.Element {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (open) entries()[0]?.focus();
  }, [open]);

  function entries(): HTMLButtonElement[] {
    return [...list.current?.querySelectorAll("button") ?? []].filter(({ disabled }) => !disabled);
  }

  function close(): void {
    setOpen(false);
    frame.current?.querySelector("button")?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!open) return;
    const all = entries();
    const at = all.findIndex((entry) => entry === document.activeElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (event.key === "ArrowUp") all.at(at < 1 ? -1 : at - 1)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      class="menu"
      ref={frame}
      onKeyDown={onKeyDown}
      onFocusOut={({ relatedTarget }: FocusEvent) => {
        if (!(relatedTarget instanceof Node && frame.current?.contains(relatedTarget))) {
          setOpen(false);
        }
      }}
    >
      <IconButton
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Ellipsis aria-hidden="true" />
      </IconButton>
      {open && (
        <div role="menu" aria-label={label} ref={list}>
          {items.map((item, index) => {
            const heading = item.group !== items[index - 1]?.group;
            return (
              <Fragment key={item.label}>
                {heading && index > 0 && <hr />}
                {heading && item.group && <p aria-hidden="true">{item.group}</p>}
                <button
                  type="button"
                  role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={item.checked}
                  aria-label={item.group && `${item.group}: ${item.label}`}
                  tabIndex={-1}
                  disabled={item.disabled}
                  onClick={() => {
                    close();
                    item.run();
                  }}
                >
                  {item.icon}
                  {item.label}
                </button>
              </Fragment>
            );
          })}
        </div>
      )}
    </div>
  );
}
