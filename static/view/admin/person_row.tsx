import { ChevronDown } from "lucide-preact";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration, PersonCommand, PersonOutcome } from "../../state/administration.ts";
import { REMOVAL_STRINGS } from "../../removal_strings.ts";
import { LASTING } from "../../state/own_access.ts";
import type { ListedPerson } from "../../state/people_list.ts";
import { errorWords } from "../../strings.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { IconButton } from "../icon_button.tsx";
import { Sentence } from "../sentence.tsx";
import { momentOf } from "../times.ts";
import { MadeLink } from "./made_link.tsx";
import { PersonActions } from "./person_actions.tsx";

/** A person of the list: who they are to the server, and what can be done about them. */
export function PersonRow(
  { person, state, words, open, onToggle }: {
    person: ListedPerson;
    state: Administration;
    words: AdminStrings;
    open: boolean;
    onToggle: () => void;
  },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const toggle = useRef<HTMLDivElement>(null);
  const { id, name, role, muted, banned, ban } = person;
  const locale = settings.locale.value;
  const outcome = state.outcomes.value.get(id);
  const panel = `manage-${id}`;
  return (
    <li class={open ? "open" : undefined}>
      <div class="admin-person">
        <Avatar user={person} />
        <span class="admin-name">
          <bdi>{name}</bdi>
          {id === chat.me.value?.id && <span class="hint">{strings.you}</span>}
          {role === "admin" && <span class="badge">{strings.admin}</span>}
          {role === "guest" && <span class="badge plain">{words.guest}</span>}
          {muted !== undefined && !banned && (
            <span class="badge bad">
              {muted === LASTING ? words.muted : words.mutedUntil(momentOf(muted, locale))}
            </span>
          )}
          {banned && <span class="badge bad">{words.banned}</span>}
        </span>
        <div ref={toggle}>
          <IconButton
            label={words.manage(name)}
            aria-expanded={open}
            aria-controls={open ? panel : undefined}
            onClick={onToggle}
          >
            <ChevronDown aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      {ban && (
        <p class="hint admin-detail">
          <Sentence
            names={[state.nameOf(ban.by)]}
            make={(by = "") => words.bannedBy(by, momentOf(ban.at, locale))}
          />
          {ban.reason !== "" && (
            <>
              {" "}
              <bdi>{words.bannedFor(ban.reason)}</bdi>
            </>
          )}
        </p>
      )}
      {ban?.networks?.map(({ network, until }) => (
        <p key={network} class="hint admin-detail">
          {words.networkUntil(network, momentOf(until, locale))}{" "}
          <button
            type="button"
            class="small"
            aria-label={words.unbanNetworkOf(network)}
            onClick={async () => {
              await state.unbanNetwork(network);
              // The button that had the focus is gone.
              toggle.current?.querySelector("button")?.focus();
            }}
          >
            {words.unbanNetwork}
          </button>
        </p>
      ))}
      {open && (
        <PersonActions
          id={panel}
          person={person}
          words={words}
          busy={outcome?.kind === "waiting"}
          onAct={(command) => state.act(command)}
          onEnd={() => toggle.current?.querySelector("button")?.focus()}
        />
      )}
      {open && (
        <p
          class={`admin-detail ${outcome?.kind === "failed" ? "problem" : "saved"}`}
          role={outcome?.kind === "failed" ? "alert" : "status"}
        >
          {outcome?.kind === "failed" && errorWords(strings, outcome.code)}
          {outcome?.kind === "done" && (outcome.removed === undefined
            ? words.done[doneKey(outcome)]
            : REMOVAL_STRINGS[settings.spoken.value].removed(
              outcome.removed.count,
              outcome.removed.more,
            ))}
        </p>
      )}
      {open && outcome?.kind === "done" && outcome.link && (
        <MadeLink
          label={words.linkFor(name)}
          hash={outcome.link.hash}
          hint={words.linkUntil(momentOf(outcome.link.until, locale))}
          words={words}
        />
      )}
    </li>
  );
}

function doneKey(
  { command }: Extract<PersonOutcome, { kind: "done" }>,
): keyof AdminStrings["done"] {
  return keyOf(command);
}

function keyOf(command: PersonCommand): keyof AdminStrings["done"] {
  switch (command.type) {
    case "role":
      return `role_${command.role}`;
    case "mute":
      return command.seconds === 0 ? "unmute" : "mute";
    default:
      return command.type;
  }
}
