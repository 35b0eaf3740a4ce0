import type { JSX } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { type AuditRecord, isHiddenRoom } from "../../../protocol/mod.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import { AUDIT_STRINGS } from "../../audit_strings.ts";
import { ROOM_STRINGS } from "../../room_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { auditSentence } from "../../state/audit_sentence.ts";
import { useApp, useStrings } from "../context.ts";
import { Sentence } from "../sentence.tsx";
import { roomChange } from "./room_change.ts";
import { dayOf, fullTimeOf, momentOf, timeOf } from "../times.ts";

/** The actions of admins and moderators, newest first. */
export function AuditTab(
  { state, words }: { state: Administration; words: AdminStrings },
): JSX.Element {
  const { settings } = useApp();
  const strings = useStrings();
  const [busy, setBusy] = useState(false);
  const locale = settings.locale.value;
  const records = state.records.value;
  const days = new Map<string, AuditRecord[]>();
  for (const record of records) {
    const day = dayOf(record.at, locale, strings);
    days.set(day, [...days.get(day) ?? [], record]);
  }

  async function loadOlder(): Promise<void> {
    if (busy) return;
    setBusy(true);
    await state.loadOlder();
    setBusy(false);
  }

  return (
    <>
      {records.length === 0 && (
        <p class="hint" role="status">
          {state.loading.value ? words.loading : words.emptyLog}
        </p>
      )}
      {[...days].map(([day, ofDay]) => (
        <Fragment key={day}>
          <h2>{day}</h2>
          <ul class="admin-list audit" aria-label={day}>
            {ofDay.map((record) => (
              <li key={record.n}>
                <time
                  dateTime={new Date(record.at).toISOString()}
                  title={fullTimeOf(record.at, locale)}
                >
                  {timeOf(record.at, locale)}
                </time>
                <span>
                  <RecordWords record={record} state={state} admin={words} />
                </span>
              </li>
            ))}
          </ul>
        </Fragment>
      ))}
      {state.hasOlder.value && (
        <p class="actions">
          <button type="button" aria-disabled={busy} onClick={() => void loadOlder()}>
            {words.loadMore}
          </button>
        </p>
      )}
    </>
  );
}

function RecordWords(
  { record, state, admin }: { record: AuditRecord; state: Administration; admin: AdminStrings },
): JSX.Element {
  const { settings } = useApp();
  const words = AUDIT_STRINGS[settings.spoken.value];
  const sentence = auditSentence(record);
  const by = record.by === undefined ? admin.terminal : state.nameOf(record.by);
  const names = [by, record.person === undefined ? "" : state.nameOf(record.person)];
  switch (sentence.kind) {
    case "mutedUntil": {
      const until = momentOf(sentence.until, settings.locale.value, record.at);
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.mutedUntil(by, person, until)}
        />
      );
    }
    case "renamed":
      return <Sentence names={[by]} make={(by = "") => words.renamed(by, sentence.names)} />;
    case "deletedAccount":
      return <Sentence names={[by, sentence.name]} make={words.deletedAccount} />;
    case "name":
      return <Sentence names={[by]} make={(by = "") => words.name(by, sentence.text)} />;
    case "welcome":
      return <Sentence names={[by]} make={(by = "") => words.welcome(by, sentence.text)} />;
    case "createRooms": {
      const make = words.createRooms[sentence.creators];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "entry": {
      const make = words.entry[sentence.entry];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "guests": {
      const make = words.guests[sentence.may];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "pictures": {
      const make = words.icon[sentence.action];
      return <Sentence names={names} make={(by = "", person = "") => make(by, person)} />;
    }
    case "previews": {
      const make = words.previews[sentence.may];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "keepDays":
      return <Sentence names={[by]} make={(by = "") => words.keepDays(by, sentence.days)} />;
    case "defaultRooms": {
      const rooms = sentence.rooms.map(place).join(" ");
      return <Sentence names={[by]} make={(by = "") => words.defaultRooms(by, rooms)} />;
    }
    case "roomEntered":
    case "roomMadePrivate":
    case "roomDeleted": {
      const make = words.room[sentence.kind];
      return (
        <Sentence
          names={[by, place(sentence.room)]}
          make={(by = "", room = "") => make(by, room)}
        />
      );
    }
    case "deletedMessageIn":
    case "clearedReactionsIn": {
      const make = words.messageIn[sentence.kind];
      return (
        <Sentence
          names={[...names, place(sentence.room)]}
          make={(by = "", person = "", room = "") => make(by, person, room)}
        />
      );
    }
    case "removedMessages": {
      const { count, more, room } = sentence;
      const removal = REMOVAL_STRINGS[settings.spoken.value];
      return (
        <Sentence
          names={room === undefined ? names : [...names, place(room)]}
          make={(by = "", person = "", room = "") => {
            const removed = removal.auditRemovedMessages(by, person, count, more);
            return room === "" ? removed : removal.auditRemovedMessagesIn(removed, room);
          }}
        />
      );
    }
    case "roomChanged": {
      const rooms = ROOM_STRINGS[settings.spoken.value];
      return (
        <Sentence
          names={[by, place(sentence.room), roomChange(sentence.change, { rooms, audit: words })]}
          make={(by = "", room = "", change = "") => words.roomChanged(by, room, change)}
        />
      );
    }
    case "changedSetting":
      return <Sentence names={[by]} make={(by = "") => words.setting(by, sentence.detail)} />;
    case "other": {
      const action = [sentence.action, sentence.detail].filter(Boolean).join(" ");
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.other(by, person, action)}
        />
      );
    }
    case "banned":
      return (
        <>
          <Sentence
            names={names}
            make={(by = "", person = "") => words.about.banned(by, person)}
          />
          {sentence.reason !== "" && (
            <bdi class="hint audit-reason">{admin.bannedFor(sentence.reason)}</bdi>
          )}
        </>
      );
    default: {
      const { kind } = sentence;
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.about[kind](by, person)}
        />
      );
    }
  }
}

/** An address as people read it. */
function place(room: string): string {
  return isHiddenRoom(room) ? room : `#${room}`;
}
