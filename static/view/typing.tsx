import type { JSX } from "preact";
import type { Room } from "../state/room.ts";
import { useApp, useStrings } from "./context.ts";
import { Sentence } from "./sentence.tsx";

/** The line below the message box: who else is typing. */
export function Typing({ room }: { room: Room }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const names = room.typing.value.map((user) => chat.nameOf(user));
  return (
    <p class="typing">
      {names.length > 0 && (
        <>
          <span class="dots" aria-hidden="true">
            <i></i>
            <i></i>
            <i></i>
          </span>
          <Sentence
            names={names.slice(0, 2)}
            make={(...places) => names.length > 2 ? strings.manyTyping : strings.typing(places)}
          />
        </>
      )}
    </p>
  );
}
