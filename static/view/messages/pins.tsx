import { PinOff } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Message } from "../../../protocol/mod.ts";
import { targetOf } from "../../state/message_actions.ts";
import { messageWords } from "../../state/message_words.ts";
import type { Room } from "../../state/room.ts";
import { errorWords } from "../../strings.ts";
import { visit } from "../address.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { IconButton } from "../icon_button.tsx";
import { messageRights } from "../message_actions.tsx";
import { shownName } from "../names.ts";
import { fullTimeOf, momentOf } from "../times.ts";
import { useMessageWords } from "./words.ts";

/** The pinned messages of the room that is shown. */
export function PinsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useMessageWords();
  const [room] = useState(() => chat.active.peek());
  const [pins, setPins] = useState<readonly Message[] | undefined>();
  const [next, setNext] = useState<string | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  // A pin is a change of a message.
  const rev = room.revision.value;

  async function load(after?: string): Promise<void> {
    const answer = await chat.requests.ask({
      ...{ type: "pins", room: room.name },
      ...(after !== undefined && { after }),
    });
    if (!answer.ok) return setProblem(answer.code);
    if (answer.line.type !== "pins") return;
    const { messages, next } = answer.line;
    setPins((before = []) => after === undefined ? messages : [...before, ...messages]);
    setNext(next);
    setProblem(undefined);
  }
  useEffect(() => void load(), [room.changes.rev]);

  // A change made here shows at once; reading `rev` draws the list again.
  const shown = rev >= 0
    ? pins?.filter((message) => chat.actions.shown(message).message.pinned)
    : pins;
  return (
    <Dialog title={strings.pins} onClose={onClose}>
      <p class="problem" role="alert">{problem !== undefined && errorWords(strings, problem)}</p>
      {shown === undefined
        ? problem === undefined && <p class="hint" role="status">{words.loading}</p>
        : shown.length === 0
        ? <p class="hint" role="status">{words.noPins} {words.noPinsHint}</p>
        : (
          <ul class="pins">
            {shown.map((message) => (
              <PinnedMessage key={message.seq} room={room} message={message} onClose={onClose} />
            ))}
          </ul>
        )}
      {next !== undefined && (
        <p class="actions">
          <button type="button" onClick={() => void load(next)}>{words.showMore}</button>
        </p>
      )}
    </Dialog>
  );
}

function PinnedMessage(
  { room, message, onClose }: { room: Room; message: Message; onClose: () => void },
): JSX.Element {
  const app = useApp();
  const { chat, settings } = app;
  const strings = useStrings();
  const words = useMessageWords();
  const name = shownName(app, message.user) || "–";
  const locale = settings.timeLocale;
  return (
    <li>
      <Avatar user={{ id: message.user.id, name }} />
      <button
        type="button"
        class="pinned-message"
        title={words.openPin}
        onClick={() => {
          onClose();
          // When the dialog has given back the focus.
          setTimeout(() => visit(`#/${room.name}/${message.seq}`));
        }}
      >
        <span class="author">
          <bdi>{name}</bdi>
          <time
            dateTime={new Date(message.at).toISOString()}
            title={fullTimeOf(message.at, locale)}
          >
            {momentOf(message.at, locale)}
          </time>
        </span>
        <span class="pinned-text" dir="auto">{messageWords(message, strings)}</span>
      </button>
      {messageRights(app, room, message).pin && (
        <IconButton
          label={words.unpin}
          onClick={() => chat.actions.pin(targetOf(message), false)}
        >
          <PinOff aria-hidden="true" />
        </IconButton>
      )}
    </li>
  );
}
