import type { JSX } from "preact";

/** A button that has only a picture: its name is read out, and shown on hover. */
export function IconButton(
  { label, class: extra = "", ...rest }:
    & Omit<JSX.IntrinsicElements["button"], "label" | "class" | "type">
    & { label: string; class?: string },
): JSX.Element {
  return (
    <button
      type="button"
      class={`icon ${extra}`}
      aria-label={label}
      title={label}
      {...rest}
    />
  );
}
