import type { JSX } from "preact";
import { Fragment } from "preact";

/** Stands for a name while a sentence is made; from the private use area, so no language has it. */
const PLACE = "\ue000";

/**
 * A sentence with names in it. Each is kept apart, so that one of a script that runs from right to left
 * does not turn the words around it.
 */
export function Sentence(
  { names, make }: { names: readonly string[]; make: (...places: string[]) => string },
): JSX.Element {
  const between = make(...names.map(() => PLACE)).split(PLACE);
  return (
    <span>
      {between.map((words, index) => (
        <Fragment key={index}>
          {index > 0 && <bdi>{names[index - 1]}</bdi>}
          {words}
        </Fragment>
      ))}
    </span>
  );
}
