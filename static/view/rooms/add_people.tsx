import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { User } from "../../../protocol/mod.ts";
import { RoomMembers } from "../../state/room_members.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { usePlace } from "../room_label.tsx";
import { PeoplePicker } from "./people_picker.tsx";
import { RoomInvite } from "./room_invite.tsx";
import { useWords } from "./words.ts";

/** The most people that are added at once. */
const MOST = 50;

/** Makes people members of the private room that is shown. */
export function AddPeopleDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, toast } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [room] = useState(() => chat.active.peek());
  const place = usePlace(room);
  const [members] = useState(() => new RoomMembers(chat.requests, room.name));
  const [people, setPeople] = useState<readonly User[]>([]);
  const [problem, setProblem] = useState<string | undefined>();
  useEffect(() => void members.load(), []);

  async function add(): Promise<void> {
    let added = 0;
    for (const person of people) {
      const answer = await chat.requests.ask({ type: "add", room: room.name, person: person.id });
      if (!answer.ok) {
        setPeople(people.slice(added));
        return setProblem(answer.code);
      }
      added++;
    }
    toast.value = { text: words.addedPeople(added) };
    onClose();
  }

  return (
    <Dialog title={words.addTo(place)} onClose={onClose}>
      <form
        class="room-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <PeoplePicker
          label={strings.addPeople}
          chosen={people}
          without={new Set(members.list.value.map(({ id }) => id))}
          most={MOST}
          onChange={setPeople}
        />
        <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
        <p class="actions end">
          <button type="button" onClick={onClose}>{words.cancel}</button>
          <button type="submit" class="primary" disabled={people.length === 0}>{words.add}</button>
        </p>
      </form>
      {room.role.value === "moderator" && <RoomInvite room={room.name} />}
    </Dialog>
  );
}
