import type { JSX } from "preact";

/** One of a few choices, all of them visible. */
export function Segments<T extends string>(
  { legend, name, value, choices, onChange }: {
    legend: string;
    /** The name that makes the choices exclude each other. */
    name: string;
    value: T;
    choices: readonly { readonly value: T; readonly label: string; readonly lang?: string }[];
    onChange: (value: T) => void;
  },
): JSX.Element {
  return (
    <fieldset class="segments">
      <legend>{legend}</legend>
      <div>
        {choices.map((choice) => (
          <label key={choice.value} lang={choice.lang}>
            <input
              type="radio"
              name={name}
              checked={value === choice.value}
              onChange={() => onChange(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
