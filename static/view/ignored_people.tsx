import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { errorWords } from "../strings.ts";
import { Avatar } from "./avatar.tsx";
import { useApp, useStrings } from "./context.ts";
import { useWords } from "./rooms/words.ts";

/** Those whom this person ignores, if there are any. */
export function IgnoredPeople(): JSX.Element | null {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [problem, setProblem] = useState<string | undefined>();
  const title = useRef<HTMLHeadingElement>(null);
  const people = [...chat.ignoring.people.value.values()];
  if (people.length === 0) return null;
  return (
    <section>
      <h3 ref={title} tabIndex={-1}>{words.ignoredPeople}</h3>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <ul class="ignored-people">
        {people.map((user) => {
          const name = chat.nameOf(user);
          return (
            <li key={user.id}>
              <Avatar user={{ id: user.id, name }} />
              <bdi>{name}</bdi>
              <button
                type="button"
                class="small"
                aria-label={words.stopIgnoringOf(name)}
                onClick={async () => {
                  setProblem(await chat.ignoring.set(user, false));
                  // The button that had the focus is gone.
                  title.current?.focus();
                }}
              >
                {words.stopIgnoring}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
