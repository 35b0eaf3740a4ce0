import type { JSX, Ref } from "preact";

/** A line of text that people write about a room: its name, its title, its topic. */
export function TextField(
  { label, field, onChange, ...rest }:
    & Pick<
      JSX.IntrinsicElements["input"],
      "value" | "maxLength" | "placeholder" | "spellcheck" | "aria-invalid" | "aria-describedby"
    >
    & {
      label: string;
      field?: Ref<HTMLInputElement>;
      onChange: (value: string) => void;
    },
): JSX.Element {
  return (
    <label>
      <span>{label}</span>
      <input
        ref={field}
        autocomplete="off"
        dir="auto"
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        {...rest}
      />
    </label>
  );
}
