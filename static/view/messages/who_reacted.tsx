import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { errorWords } from "../../strings.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { messageRights } from "../message_actions.tsx";
import { shownName } from "../names.ts";
import { useActing } from "./acting.ts";
import { useMessageWords } from "./words.ts";

/** The people who have reacted to a message. */
export function ReactionsDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const words = useMessageWords();
  const [problem, setProblem] = useState<string | undefined>();
  // Reactions that arrive while the dialog is open are shown.
  const about = useActing();
  const [chosen, setChosen] = useState<string | undefined>();
  if (!about) return null;
  const { message, room } = about;
  const { reactions = [] } = message;
  const mayRemove = room !== undefined && messageRights(app, room, message).clear;

  /** Removes the reactions with one emoji, or all. */
  async function remove(emoji?: string): Promise<void> {
    const { room, seq } = message;
    const answer = await chat.requests.ask({
      ...{ type: "clear_reactions", room, seq },
      ...(emoji !== undefined && { emoji }),
    });
    setProblem(answer.ok ? undefined : answer.code);
  }
  const emoji = reactions.some((each) => each.emoji === chosen) ? chosen : reactions[0]?.emoji;
  return (
    <Dialog title={words.whoReacted} onClose={onClose}>
      {emoji === undefined ? <p class="hint" role="status">{words.nobody}</p> : (
        <>
          <div class="reactions" role="group" aria-label={words.whoReacted}>
            {reactions.map((each) => (
              <button
                key={each.emoji}
                type="button"
                class={`reaction ${each.emoji === emoji ? "own" : ""}`}
                aria-pressed={each.emoji === emoji}
                onClick={() => setChosen(each.emoji)}
              >
                <span class="emoji">{each.emoji}</span>
                {each.count}
              </button>
            ))}
          </div>
          <People
            key={emoji}
            room={message.room}
            seq={message.seq}
            emoji={emoji}
            count={reactions.find((each) => each.emoji === emoji)?.count ?? 0}
          />
          <p class="problem" role="alert">
            {problem !== undefined && errorWords(strings, problem)}
          </p>
          {mayRemove && (
            <p class="actions">
              <button type="button" class="small" onClick={() => void remove(emoji)}>
                {words.removeReaction(emoji)}
              </button>
              {reactions.length > 1 && (
                <button
                  type="button"
                  class="small"
                  onClick={() => void remove()}
                >
                  {words.removeReactions}
                </button>
              )}
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

function People(
  { room, seq, emoji, count }: { room: string; seq: number; emoji: string; count: number },
): JSX.Element {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const words = useMessageWords();
  const [people, setPeople] = useState<readonly User[] | undefined>();
  const [next, setNext] = useState<string | undefined>();
  const [problem, setProblem] = useState<string | undefined>();

  async function load(after?: string): Promise<void> {
    const answer = await chat.requests.ask({
      ...{ type: "reactions", room, seq, emoji },
      ...(after !== undefined && { after }),
    });
    if (!answer.ok) return setProblem(answer.code);
    if (answer.line.type !== "reactions") return;
    const { people: found, next } = answer.line;
    setPeople((before = []) => after === undefined ? found : [...before, ...found]);
    setNext(next);
    setProblem(undefined);
  }
  useEffect(() => void load(), [count]);

  return (
    <div class="reacting">
      <p class="problem" role="alert">{problem !== undefined && errorWords(strings, problem)}</p>
      {people === undefined
        ? problem === undefined && <p class="hint" role="status">{words.loading}</p>
        : (
          <ul>
            {people.map((user) => {
              const name = shownName(app, user) || "–";
              return (
                <li key={user.id}>
                  <Avatar user={{ id: user.id, name }} />
                  <bdi>{name}</bdi>
                </li>
              );
            })}
          </ul>
        )}
      {next !== undefined && (
        <p class="actions">
          <button type="button" onClick={() => void load(next)}>{words.showMore}</button>
        </p>
      )}
    </div>
  );
}
