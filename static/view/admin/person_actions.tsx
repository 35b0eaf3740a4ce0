import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { REASON_CHARACTERS } from "../../../protocol/moderation.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import type { PersonCommand, PersonOutcome } from "../../state/administration.ts";
import type { ListedPerson } from "../../state/people_list.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import { removalOf, type RemovalSpan } from "../../state/removals.ts";
import { isComposing } from "../composition.ts";
import { useAbout } from "../about.ts";
import { useApp, useStrings } from "../context.ts";
import { RemovalSpanChoice } from "../removal_span.tsx";
import { Segments } from "../segments.tsx";

/** A command that asks before it is given. */
type Question =
  | "makeAdmin"
  | "makeMember"
  | "mute"
  | "ban"
  | "endSessions"
  | "rename"
  | "resetSecret"
  | "deleteAccount"
  | "removeMessages";

/** The longest name in UTF-16 code units: the server counts characters. */
const NAME_UNITS = 64;

/** The times of a mute, in seconds. */
const MUTE_TIMES = { tenMinutes: 600, oneHour: 3600, oneDay: 86_400, lasting: undefined } as const;
type MuteTime = keyof typeof MUTE_TIMES;

/** The commands about a person. Those that take something away, or give power, ask first. */
export function PersonActions(
  { id, person, words, busy, onAct, onEnd }: {
    id: string;
    person: ListedPerson;
    words: AdminStrings;
    busy: boolean;
    onAct: (command: PersonCommand) => Promise<PersonOutcome>;
    /** The focus has nothing to be on here any more. */
    onEnd: () => void;
  },
): JSX.Element {
  const { chat, settings } = useApp();
  const removal = REMOVAL_STRINGS[settings.spoken.value];
  const [question, setQuestion] = useState<Question | undefined>();
  const isSelf = person.id === chat.me.value?.id;
  const [about, setAbout] = useAbout(isSelf ? undefined : person.id);
  const { role, muted, banned } = person;

  async function act(...commands: readonly PersonCommand[]): Promise<void> {
    if (busy) return;
    for (const command of commands) {
      const { kind } = await onAct(command);
      // The input stays, so that the person can try again.
      if (kind === "failed") return;
    }
    setQuestion(undefined);
    onEnd();
  }

  if (question !== undefined) {
    return (
      <div id={id} class="admin-actions">
        <QuestionForm
          question={question}
          person={person}
          isSelf={isSelf}
          words={words}
          busy={busy}
          onAct={act}
          onCancel={() => {
            setQuestion(undefined);
            onEnd();
          }}
        />
      </div>
    );
  }

  const button = (label: string, run: () => void, extra?: string): JSX.Element => (
    <button key={label} type="button" class={extra} aria-disabled={busy} onClick={run}>
      {label}
    </button>
  );
  const ask = (label: string, about: Question, extra?: string): JSX.Element =>
    button(label, () => setQuestion(about), extra);
  return (
    <div id={id} class="admin-actions actions">
      {role === "member" && !banned && ask(words.makeAdmin, "makeAdmin")}
      {role === "admin" && ask(words.makeMember, "makeMember")}
      {!isSelf && !banned && (muted === undefined
        ? ask(words.mute, "mute")
        : button(words.unmute, () => void act({ type: "mute", person: person.id, seconds: 0 })))}
      {!banned && role !== "guest" && ask(words.rename, "rename")}
      {!isSelf && !banned && role !== "guest" && ask(words.resetSecret, "resetSecret")}
      {!isSelf && !banned && role !== "guest" && ask(words.endSessions, "endSessions")}
      {!isSelf && chat.info.pictures.of(person.id) !== undefined &&
        button(words.removePicture, () => void act({ type: "picture", person: person.id }))}
      {!isSelf && about !== "" && button(words.removeAbout, () => {
        void act({ type: "about", person: person.id, text: "" }).then(() => setAbout(""));
      })}
      {!isSelf && (banned
        ? button(words.unban, () =>
          void act({ type: "unban", person: person.id }))
        : ask(words.ban, "ban", "danger"))}
      {!isSelf && ask(removal.remove, "removeMessages", "danger")}
      {!isSelf && role !== "guest" && ask(words.deleteAccount, "deleteAccount", "danger")}
      {isSelf && <p class="hint">{words.nothingToDo}</p>}
    </div>
  );
}

/** Says what a command does, asks for its details, and gives it. */
function QuestionForm(
  { question, person, isSelf, words, busy, onAct, onCancel }: {
    question: Question;
    person: ListedPerson;
    isSelf: boolean;
    words: AdminStrings;
    busy: boolean;
    onAct: (...commands: readonly PersonCommand[]) => Promise<void>;
    onCancel: () => void;
  },
): JSX.Element {
  const strings = useStrings();
  const form = useRef<HTMLFormElement>(null);
  const [time, setTime] = useState<MuteTime>("oneHour");
  const [reason, setReason] = useState("");
  const [newName, setNewName] = useState(person.name);
  const [network, setNetwork] = useState(false);
  const [span, setSpan] = useState<RemovalSpan>(question === "removeMessages" ? "all" : "none");
  const removal = REMOVAL_STRINGS[useApp().settings.spoken.value];
  const { id, name, role, secret } = person;

  // The button that had the focus is gone. A harmful action must not be under the next Enter.
  useLayoutEffect(() => {
    const field = form.current?.querySelector<HTMLElement>("input:checked, input[type=text]");
    (field ?? form.current?.querySelector("button"))?.focus();
  }, []);

  /** The command, and perhaps the one behind it, which removes messages. */
  function commandsOf(): PersonCommand[] {
    const removing = removalOf(id, span) ?? [];
    if (question === "removeMessages") return [removing].flat();
    const command = commandOf(question);
    return question === "deleteAccount" ? [command] : [command, removing].flat();
  }

  function commandOf(question: Exclude<Question, "removeMessages">): PersonCommand {
    switch (question) {
      case "makeAdmin":
        return { type: "role", person: id, role: "admin" };
      case "makeMember":
        return { type: "role", person: id, role: "member" };
      case "mute": {
        const seconds = MUTE_TIMES[time];
        return { type: "mute", person: id, ...(seconds !== undefined && { seconds }) };
      }
      case "ban":
        return {
          ...{ type: "ban", person: id },
          ...(reason.trim() !== "" && { reason: reason.trim() }),
          ...(network && { network }),
        };
      case "endSessions":
        return { type: "end_sessions", person: id };
      case "rename":
        return { type: "rename", person: id, name: newName.trim() };
      case "resetSecret":
        return { type: "reset_link", person: id };
      case "deleteAccount":
        return {
          ...{ type: "delete_account", person: id },
          ...(span !== "none" && { messages: true }),
        };
    }
  }

  const { hints, label } = question === "removeMessages"
    ? { hints: [removal.hint(name)], label: removal.removeNow }
    : question === "deleteAccount"
    ? {
      hints: removal.deleteAccountHints(name, span !== "none"),
      label: words.deleteAccountNow,
    }
    : wordsOf({ question, name, role, isSelf, secret }, words);
  const harms = !["makeAdmin", "mute", "rename", "resetSecret"].includes(question);
  return (
    <form
      ref={form}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || isComposing(event)) return;
        event.stopPropagation();
        onCancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void onAct(...commandsOf());
      }}
    >
      {hints.map((hint) => <p key={hint}>{hint}</p>)}
      {question === "mute" && (
        <Segments<MuteTime>
          legend={words.muteTimes}
          name="mute-time"
          value={time}
          choices={[
            { value: "tenMinutes", label: words.tenMinutes },
            { value: "oneHour", label: words.oneHour },
            { value: "oneDay", label: words.oneDay },
            { value: "lasting", label: words.lasting },
          ]}
          onChange={setTime}
        />
      )}
      {question === "rename" && (
        <label>
          <span>{words.newName}</span>
          <input
            type="text"
            value={newName}
            maxLength={NAME_UNITS}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setNewName(currentTarget.value)}
          />
        </label>
      )}
      {question === "ban" && (
        <label>
          <span>{words.reason}</span>
          <input
            type="text"
            dir="auto"
            value={reason}
            maxLength={REASON_CHARACTERS}
            autocomplete="off"
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
      )}
      {question === "ban" && (
        <>
          <label class="switch">
            <span>{words.banNetwork}</span>
            <input
              type="checkbox"
              checked={network}
              aria-describedby={network ? "ban-network-hint" : undefined}
              onChange={({ currentTarget }) => setNetwork(currentTarget.checked)}
            />
          </label>
          {network && <p class="hint" id="ban-network-hint" role="alert">{words.banNetworkHint}</p>}
        </>
      )}
      {question === "removeMessages" && (
        <RemovalSpanChoice
          words={removal}
          legend={removal.which}
          value={span}
          onChange={setSpan}
        />
      )}
      {(question === "mute" || question === "ban") && (
        <>
          <RemovalSpanChoice
            words={removal}
            legend={removal.also}
            value={span}
            optional
            onChange={setSpan}
          />
          {span !== "none" && <p class="hint" role="status">{removal.alsoHint}</p>}
        </>
      )}
      {question === "deleteAccount" && (
        <label class="switch">
          <span>{removal.deleteMessagesToo}</span>
          <input
            type="checkbox"
            checked={span !== "none"}
            onChange={({ currentTarget }) => setSpan(currentTarget.checked ? "all" : "none")}
          />
        </label>
      )}
      <p class="actions">
        <button type="button" onClick={onCancel}>{strings.cancel}</button>
        <button type="submit" class={harms ? "danger" : "primary"} aria-disabled={busy}>
          {label}
        </button>
      </p>
    </form>
  );
}

function wordsOf(
  { question, name, role, isSelf, secret }: {
    question: Exclude<Question, "deleteAccount" | "removeMessages">;
    name: string;
    role: ListedPerson["role"];
    isSelf: boolean;
    secret: boolean;
  },
  words: AdminStrings,
): { hints: readonly string[]; label: string } {
  switch (question) {
    case "makeAdmin":
      return { hints: [words.makeAdminHint(name)], label: words.makeAdmin };
    case "makeMember":
      return {
        hints: [isSelf ? words.makeMemberSelf : words.makeMemberHint(name)],
        label: words.makeMember,
      };
    case "mute":
      return { hints: [words.muteHint(name)], label: words.muteNow };
    case "ban":
      return {
        hints: [
          role === "guest" ? words.banGuestHint(name) : words.banHint(name),
          ...(role === "admin" ? [words.banAdminHint] : []),
        ],
        label: words.banNow,
      };
    case "rename":
      return { hints: [words.renameHint(name)], label: words.renameNow };
    case "resetSecret":
      return { hints: [words.resetSecretHint(name)], label: words.makeLink };
    case "endSessions":
      return {
        hints: [words.endSessionsHint(name), ...(secret ? [] : [words.noSecretHint(name)])],
        label: words.endSessions,
      };
  }
}
