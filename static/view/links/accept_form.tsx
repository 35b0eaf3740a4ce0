import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LinkStrings } from "../../link_strings.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";

/** Lets a person who is logged in accept an invitation. */
export function AcceptForm(
  { token, name, words, onDone, onOther }: {
    token: string;
    /** The person's name. */
    name: string;
    words: LinkStrings;
    onDone: () => void;
    /** Called when they want to take part under another name. */
    onOther: () => void;
  },
): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);

  async function accept(): Promise<void> {
    if (busy) return;
    setBusy(true);
    const answer = await chat.requests.ask({ type: "accept", link: token });
    setBusy(false);
    if (answer.ok) onDone();
    else setProblem(answer.code === "stale" ? "bad_link" : answer.code);
  }

  return (
    <>
      <p>{words.inviteKnown(name)}</p>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="actions">
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void accept()}>
          {words.joinAs(name)}
        </button>
        <button type="button" onClick={onOther}>{words.otherName}</button>
      </p>
    </>
  );
}
