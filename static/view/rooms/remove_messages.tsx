import { Eraser } from "lucide-preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import { removalOf, type RemovalSpan } from "../../state/removals.ts";
import { useApp } from "../context.ts";
import { RemovalSpanChoice } from "../removal_span.tsx";
import { Confirm } from "./confirm.tsx";

/** A button that removes what a person has written, in one room or in all, and asks before. */
export function RemoveMessages(
  { person, room }: {
    /** The person, under the present name. */
    person: User;
    /** The only room, and how it is called. */
    room?: { readonly name: string; readonly place: string };
  },
): JSX.Element {
  const { chat, settings, toast } = useApp();
  const words = REMOVAL_STRINGS[settings.spoken.value];
  const [span, setSpan] = useState<RemovalSpan>("all");

  async function remove(): Promise<string | undefined> {
    const command = removalOf(person.id, span, room?.name);
    if (command === undefined) return undefined;
    const answer = await chat.requests.ask(command);
    if (!answer.ok) return answer.code;
    const { line } = answer;
    if (line.type === "removed") toast.value = { text: words.removed(line.count, line.more) };
  }

  return (
    <Confirm
      label={room === undefined ? words.remove : words.removeIn(room.place)}
      action={words.removeNow}
      icon={<Eraser aria-hidden="true" />}
      question={room === undefined
        ? words.hint(person.name)
        : words.hintIn(person.name, room.place)}
      onConfirm={remove}
    >
      <RemovalSpanChoice words={words} legend={words.which} value={span} onChange={setSpan} />
    </Confirm>
  );
}
