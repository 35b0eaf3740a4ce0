import { AtSign, Eye, EyeOff, Flag, MessageCircle, Settings } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomMember, User } from "../../../protocol/mod.ts";
import { isGuest } from "../../state/guests.ts";
import { openDirect } from "../../state/making_rooms.ts";
import { mayManage } from "../../state/room_rights.ts";
import { RoomMembers } from "../../state/room_members.ts";
import { errorWords } from "../../strings.ts";
import { useAbout } from "../about.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { LoadFailed, useLoaded } from "../lazy.tsx";
import { usePlace } from "../room_label.tsx";
import { MemberActions } from "./members.tsx";
import { RemoveMessages } from "./remove_messages.tsx";
import { useWords } from "./words.ts";

/** Loads the part for admins. */
const loadAdminPart = () => import("./person_administration.tsx");

/** A small card about a person: who it is, and what can be done. */
export function PersonDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const { adminTab, chat, dialog, insert, person: chosen, reporting } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [problem, setProblem] = useState<string | undefined>();
  const [person] = useState(() => chosen.peek());
  const [room] = useState(() => chat.active.peek());
  const mayAdminister = chat.access.current.value?.may.administer === true;
  const adminPart = useLoaded(mayAdminister ? loadAdminPart : undefined);
  const place = usePlace(room);
  const [about] = useAbout(person?.id);
  if (!person) return null;
  const name = chat.nameOf(person);
  const isMe = person.id === chat.me.value?.id;
  const access = chat.access.current.value;
  const isNamed = !isGuest(name);
  const isWritable = document.querySelector("#composer:not(:disabled)") !== null;

  async function write(user: User): Promise<void> {
    const code = await openDirect(chat, [user]);
    setProblem(code);
    if (code !== undefined) return;
    adminTab.value = undefined;
    onClose();
  }

  async function ignore(user: User): Promise<void> {
    setProblem(await chat.ignoring.set(user, !chat.ignoring.has(user.id)));
  }

  return (
    <Dialog class="card" title={name} onClose={onClose}>
      <div class="card-person">
        <Avatar user={{ id: person.id, name }} />
        {isMe && <p class="hint">{words.yourself}</p>}
        {!isNamed && !isMe && <p class="hint">{words.guest}</p>}
        {about !== "" && <p class="card-about" dir="auto">{about}</p>}
      </div>
      {chat.ignoring.has(person.id) && <p class="hint">{words.ignoreHint}</p>}
      <p class="problem" role="alert">
        {problem === "too_many" ? words.tooManyIgnored : problem && errorWords(strings, problem)}
      </p>
      <p class="actions card-actions">
        {isMe && (
          <button type="button" onClick={() => dialog.value = "settings"}>
            <Settings aria-hidden="true" />
            {words.profile}
          </button>
        )}
        {!isMe && isNamed && access !== undefined && access.role !== "guest" && (
          <button
            type="button"
            class="primary"
            onClick={() => void write(person)}
          >
            <MessageCircle aria-hidden="true" />
            {words.sendMessage}
          </button>
        )}
        {!isMe && isNamed && isWritable && (
          <button
            type="button"
            onClick={() => {
              onClose();
              // Behind the dialog, which gives the focus back when it closes.
              setTimeout(() => insert(`@${name}`));
            }}
          >
            <AtSign aria-hidden="true" />
            {words.mention}
          </button>
        )}
        {!isMe && (
          <button type="button" onClick={() => void ignore({ id: person.id, name })}>
            {chat.ignoring.has(person.id)
              ? <Eye aria-hidden="true" />
              : <EyeOff aria-hidden="true" />}
            {chat.ignoring.has(person.id) ? words.stopIgnoring : words.ignore}
          </button>
        )}
        {!isMe && (
          <button
            type="button"
            onClick={() => {
              reporting.value = { user: { id: person.id, name } };
              dialog.value = "report";
            }}
          >
            <Flag aria-hidden="true" />
            {words.report}
          </button>
        )}
      </p>
      {!isMe && isNamed && mayManage(room, access) && <InRoom person={person} />}
      {!isMe && mayManage(room, access) && (
        <RemoveMessages person={{ id: person.id, name }} room={{ name: room.name, place }} />
      )}
      {adminPart === "failed"
        ? <LoadFailed />
        : adminPart && <adminPart.PersonAdministration person={{ id: person.id, name }} />}
    </Dialog>
  );
}

/** A moderator's actions for a member of the shown room. */
function InRoom({ person }: { person: User }): JSX.Element | null {
  const { chat } = useApp();
  const [room] = useState(() => chat.active.peek());
  const [members] = useState(() => new RoomMembers(chat.requests, room.name));
  useEffect(() => void members.load(), []);
  const member: RoomMember | undefined = members.list.value.find(({ id }) => id === person.id);
  if (!member) return null;
  return (
    <section>
      <MemberActions
        room={room}
        member={{ ...member, name: chat.nameOf(member) }}
        onChange={() => void members.load()}
      />
    </section>
  );
}
