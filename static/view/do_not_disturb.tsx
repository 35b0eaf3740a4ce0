import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { LASTING } from "../state/own_access.ts";
import { errorWords } from "../strings.ts";
import { useApp, useStrings } from "./context.ts";
import { useWords } from "./rooms/words.ts";
import { untilWords } from "./times.ts";

/** The times for which a person can be left undisturbed, in seconds. */
const TIMES = { hour: 3600, hours: 8 * 3600, lasting: undefined } as const;

/** Keeps notifications, sounds and numbers away on all devices of the person. */
export function DoNotDisturb(): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [problem, setProblem] = useState<string | undefined>();
  const frame = useRef<HTMLFieldSetElement>(null);
  const until = chat.access.undisturbedUntil.value;
  const locale = settings.locale.value;

  async function set(seconds: number | undefined): Promise<void> {
    const answer = await chat.requests.ask({
      type: "do_not_disturb",
      ...(seconds !== undefined && { seconds }),
    });
    setProblem(answer.ok ? undefined : answer.code);
    // The button that had the focus is gone.
    if (answer.ok) frame.current?.querySelector("button")?.focus();
  }

  return (
    <fieldset class="do-not-disturb" ref={frame}>
      <legend>{words.doNotDisturb}</legend>
      <p class="hint" role="status">
        {until === undefined
          ? words.doNotDisturbHint
          : until === LASTING
          ? words.undisturbed
          : words.undisturbedUntil(untilWords(until, locale, strings))}
      </p>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="actions">
        {until !== undefined
          ? (
            <button type="button" onClick={() => void set(0)}>
              {words.endQuiet}
            </button>
          )
          : (["hour", "hours", "lasting"] as const).map((each) => (
            <button
              key={each}
              type="button"
              onClick={() => void set(TIMES[each])}
            >
              {words.quietTimes[each]}
            </button>
          ))}
      </p>
    </fieldset>
  );
}
