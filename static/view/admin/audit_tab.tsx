import type { JSX } from "preact";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { type AuditRecord, isHiddenRoom } from "../../../protocol/mod.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { auditSentence } from "../../state/audit_sentence.ts";
import { useApp, useStrings } from "../context.ts";
import { Sentence } from "../sentence.tsx";
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
                  <RecordWords record={record} state={state} words={words} />
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
  { record, state, words }: { record: AuditRecord; state: Administration; words: AdminStrings },
): JSX.Element {
  const { settings } = useApp();
  const sentence = auditSentence(record);
  const by = record.by === undefined ? words.terminal : state.nameOf(record.by);
  const names = [by, record.person === undefined ? "" : state.nameOf(record.person)];
  switch (sentence.kind) {
    case "mutedUntil": {
      const until = momentOf(sentence.until, settings.locale.value, record.at);
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.auditMutedUntil(by, person, until)}
        />
      );
    }
    case "renamed":
      return <Sentence names={[by]} make={(by = "") => words.auditRenamed(by, sentence.names)} />;
    case "deletedAccount":
      return <Sentence names={[by, sentence.name]} make={words.auditDeletedAccount} />;
    case "name":
      return <Sentence names={[by]} make={(by = "") => words.auditName(by, sentence.text)} />;
    case "welcome":
      return <Sentence names={[by]} make={(by = "") => words.auditWelcome(by, sentence.text)} />;
    case "createRooms": {
      const make = words.auditCreateRooms[sentence.creators];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "entry": {
      const make = words.auditEntry[sentence.entry];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "guests": {
      const make = words.auditGuests[sentence.may];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "pictures": {
      const make = words.auditIcon[sentence.action];
      return <Sentence names={names} make={(by = "", person = "") => make(by, person)} />;
    }
    case "previews": {
      const make = words.auditPreviews[sentence.may];
      return <Sentence names={[by]} make={(by = "") => make(by)} />;
    }
    case "defaultRooms": {
      const rooms = sentence.rooms.map(place).join(" ");
      return <Sentence names={[by]} make={(by = "") => words.auditDefaultRooms(by, rooms)} />;
    }
    case "roomEntered":
    case "roomMadePrivate":
    case "roomDeleted": {
      const make = words.auditRoom[sentence.kind];
      return (
        <Sentence
          names={[by, place(sentence.room)]}
          make={(by = "", room = "") => make(by, room)}
        />
      );
    }
    case "deletedMessageIn":
      return (
        <Sentence
          names={[...names, place(sentence.room)]}
          make={(by = "", person = "", room = "") => words.auditDeletedMessageIn(by, person, room)}
        />
      );
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
    case "roomChanged":
      return (
        <Sentence
          names={[by, place(sentence.room), sentence.change]}
          make={(by = "", room = "", change = "") => words.auditRoomChanged(by, room, change)}
        />
      );
    case "changedSetting":
      return <Sentence names={[by]} make={(by = "") => words.auditSetting(by, sentence.detail)} />;
    case "other": {
      const action = [sentence.action, sentence.detail].filter(Boolean).join(" ");
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.auditOther(by, person, action)}
        />
      );
    }
    case "banned":
      return (
        <>
          <Sentence
            names={names}
            make={(by = "", person = "") => words.audit.banned(by, person)}
          />
          {sentence.reason !== "" && (
            <bdi class="hint audit-reason">{words.bannedFor(sentence.reason)}</bdi>
          )}
        </>
      );
    default: {
      const { kind } = sentence;
      return (
        <Sentence
          names={names}
          make={(by = "", person = "") => words.audit[kind](by, person)}
        />
      );
    }
  }
}

/** An address as people read it. */
function place(room: string): string {
  return isHiddenRoom(room) ? room : `#${room}`;
}
