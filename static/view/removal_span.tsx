import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { RemovalStrings } from "../removal_strings.ts";
import type { RemovalSpan } from "../state/removals.ts";
import { Segments } from "./segments.tsx";

/** Asks which messages of a person to remove. */
export function RemovalSpanChoice(
  { words, legend, value, optional = false, onChange }: {
    words: RemovalStrings;
    legend: string;
    value: RemovalSpan;
    /** Whether none may be chosen. */
    optional?: boolean;
    onChange: (value: RemovalSpan) => void;
  },
): JSX.Element {
  const spans = ["none", "hour", "day", "all"] as const;
  return (
    <Segments<RemovalSpan>
      legend={legend}
      name={useId()}
      value={value}
      choices={spans.filter((span) => optional || span !== "none")
        .map((span) => ({ value: span, label: words.spans[span] }))}
      onChange={onChange}
    />
  );
}
