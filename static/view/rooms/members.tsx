import { ChevronDown, UserPlus } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomMember } from "../../../protocol/mod.ts";
import { REASON_CHARACTERS } from "../../../protocol/moderation.ts";
import { searchPeople } from "../../state/known_people.ts";
import type { Room } from "../../state/room.ts";
import { RoomMembers } from "../../state/room_members.ts";
import { errorWords } from "../../strings.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { IconButton } from "../icon_button.tsx";
import { ShieldCheck, ShieldOff, UserMinus } from "../later_icons.ts";
import { usePlace } from "../room_label.tsx";
import { Confirm } from "./confirm.tsx";
import { useWords } from "./words.ts";

/** With fewer members nobody needs to search; so many are shown at first. */
const FEW = 8;
/** With each step so many more are shown. */
const STEP = 50;

/** The members of a room with their roles, and for its moderators what can be done about them. */
export function Members(
  { room, isManager }: { room: Room; isManager: boolean },
): JSX.Element {
  const { chat, dialog, settings } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [members] = useState(() => new RoomMembers(chat.requests, room.name));
  const [search, setSearch] = useState("");
  const [limit, setLimit] = useState(FEW);
  const [managed, setManaged] = useState<string | undefined>();
  const revision = room.memberRevision.value;
  useEffect(() => void members.load(), [revision]);
  const { compare } = new Intl.Collator(settings.locale.value);
  const list = members.list.value
    .map((member) => ({ ...member, name: chat.nameOf(member) }))
    .sort((a, b) =>
      Number(b.role === "moderator") - Number(a.role === "moderator") || compare(a.name, b.name)
    );
  const found = search.trim() === "" ? list : searchPeople(list, search, settings.locale.value);
  const shown = found.slice(0, limit);

  function showMore(): void {
    setLimit(limit + STEP);
    if (limit + STEP > list.length && members.hasMore.peek()) void members.loadMore();
  }

  const problem = members.problem.value;
  return (
    <>
      <div class="members-heading">
        <h3>
          {words.members}
          {list.length > 0 && (
            <span class="hint">{list.length}{members.hasMore.value ? "+" : ""}</span>
          )}
        </h3>
        {isManager && room.info.value.kind === "private" && (
          <button
            type="button"
            class="small"
            onClick={() => dialog.value = "add"}
          >
            <UserPlus aria-hidden="true" />
            {strings.addPeople}
          </button>
        )}
      </div>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      {list.length >= FEW && (
        <input
          type="search"
          aria-label={words.searchPeople}
          placeholder={words.searchPeople}
          value={search}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      )}
      <ul class="members" aria-label={words.members}>
        {shown.map((member) => (
          <Member
            key={member.id}
            room={room}
            member={member}
            isManager={isManager && member.id !== chat.me.value?.id}
            isOpen={managed === member.id}
            onToggle={() => setManaged(managed === member.id ? undefined : member.id)}
            onChange={() => void members.load()}
          />
        ))}
      </ul>
      {(found.length > limit || members.hasMore.value) && (
        <p class="actions">
          <button type="button" class="small" onClick={showMore}>
            {words.showMore}
          </button>
        </p>
      )}
    </>
  );
}

function Member(
  { room, member, isManager, isOpen, onToggle, onChange }: {
    room: Room;
    member: RoomMember;
    isManager: boolean;
    isOpen: boolean;
    onToggle: () => void;
    onChange: () => void;
  },
): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useWords();
  const { id, name, role } = member;
  return (
    <li>
      <div class="member">
        <Avatar user={member} />
        <span class="member-name">
          <bdi>{name}</bdi>
          {id === chat.me.value?.id && <span class="hint">{strings.you}</span>}
          {role === "moderator" && <span class="badge">{words.moderator}</span>}
        </span>
        {isManager && (
          <IconButton label={words.manage(name)} aria-expanded={isOpen} onClick={onToggle}>
            <ChevronDown aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {isOpen && isManager && <MemberActions room={room} member={member} onChange={onChange} />}
    </li>
  );
}

/** A moderator's actions for a member: changing the role, and removing the member. */
export function MemberActions(
  { room, member: { id, name, role }, onChange }: {
    room: Room;
    member: RoomMember;
    onChange: () => void;
  },
): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useWords();
  const place = usePlace(room);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | undefined>();

  async function setModerator(on: boolean): Promise<void> {
    const answer = await chat.requests.ask({ type: "moderator", room: room.name, person: id, on });
    setProblem(answer.ok ? undefined : answer.code);
    if (answer.ok) onChange();
  }

  async function remove(): Promise<string | undefined> {
    const trimmed = reason.trim();
    const answer = await chat.requests.ask({
      type: "remove",
      room: room.name,
      person: id,
      ...(trimmed !== "" && { reason: trimmed }),
    });
    if (!answer.ok) return answer.code;
    onChange();
  }

  return (
    <div class="member-actions">
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <button type="button" onClick={() => void setModerator(role !== "moderator")}>
        {role === "moderator"
          ? <ShieldOff aria-hidden="true" />
          : <ShieldCheck aria-hidden="true" />}
        {role === "moderator" ? words.endModerator : words.makeModerator}
      </button>
      <Confirm
        label={words.remove}
        icon={<UserMinus aria-hidden="true" />}
        question={words.removeQuestion(name, place)}
        onConfirm={remove}
      >
        <label>
          <span>{words.reason}</span>
          <input
            value={reason}
            maxLength={REASON_CHARACTERS}
            autocomplete="off"
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
      </Confirm>
    </div>
  );
}
