import { LogOut } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { OwnSession } from "../../../protocol/sessions.ts";
import { ACCOUNT_STRINGS, type AccountStrings } from "../../account_strings.ts";
import { OwnSessions } from "../../state/own_sessions.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Monitor, Smartphone } from "../later_icons.ts";
import { Confirm } from "../rooms/confirm.tsx";

/** The number of sessions that are shown at first. */
const FEW = 4;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The systems of devices that fit into a hand. */
const SMALL_SYSTEMS: readonly (string | undefined)[] = ["Android", "iOS", "iPadOS"];

/** The places where this person is logged in, which can be ended one by one, or all but this one. */
export function Sessions(): JSX.Element | null {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = ACCOUNT_STRINGS[settings.spoken.value];
  const [sessions] = useState(() => new OwnSessions(chat.requests));
  const [isWhole, setWhole] = useState(false);
  const [done, setDone] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const isOpen = chat.connection.state.value.kind === "open";
  useEffect(() => {
    if (isOpen) void sessions.load();
  }, [isOpen]);
  const list = sessions.list.value;
  const problem = sessions.problem.value;
  if (list.length === 0 && problem === undefined) return null;
  const others = list.filter(({ current }) => !current).length;

  async function end({ id }: OwnSession): Promise<void> {
    setDone("");
    if (!await sessions.end(id)) return;
    // The button that had the focus is gone.
    heading.current?.focus();
    setDone(words.ended);
  }

  async function endOthers(): Promise<string | undefined> {
    setDone("");
    const code = await sessions.endOthers();
    if (code !== undefined) return code;
    heading.current?.focus();
    setDone(words.othersEnded);
  }

  return (
    <section class="sessions" aria-labelledby="sessions">
      <h3 id="sessions" ref={heading} tabIndex={-1}>{words.sessions}</h3>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="saved" role="status">{done}</p>
      <ul aria-labelledby="sessions">
        {list.slice(0, isWhole ? undefined : FEW).map((session) => (
          <Session
            key={session.id}
            session={session}
            words={words}
            onEnd={() => void end(session)}
          />
        ))}
      </ul>
      {!isWhole && list.length > FEW && (
        <p class="actions">
          <button type="button" class="small" onClick={() => setWhole(true)}>
            {words.showAll(list.length)}
          </button>
        </p>
      )}
      {others > 0 && (
        <Confirm
          label={words.endOthers}
          icon={<LogOut aria-hidden="true" />}
          question={words.endOthersQuestion(others)}
          onConfirm={endOthers}
        />
      )}
    </section>
  );
}

function Session(
  { session, words, onEnd }: { session: OwnSession; words: AccountStrings; onEnd: () => void },
): JSX.Element {
  const { settings } = useApp();
  const { browser, system, since, used, current } = session;
  const parts = [browser, system].filter((part) => part !== undefined);
  const device = parts.length === 0 ? words.unknownDevice : words.device(parts);
  const Icon = SMALL_SYSTEMS.includes(system) ? Smartphone : Monitor;
  const dayOf = (at: number, timeZone?: "UTC") =>
    new Intl.DateTimeFormat(settings.locale.value, { dateStyle: "medium", timeZone }).format(at);
  const begun = words.since(dayOf(since));
  // The server keeps the day in UTC, and nothing finer.
  const isToday = Date.now() - used < DAY_MS;
  return (
    <li>
      <Icon aria-hidden="true" />
      <span class="session-name">
        <span>
          {device} {current && <span class="badge">{words.thisOne}</span>}
        </span>
        <span class="hint">
          {begun} · {isToday ? words.usedToday : words.usedOn(dayOf(used, "UTC"))}
        </span>
      </span>
      {!current && (
        <button
          type="button"
          class="small"
          aria-label={words.endOf(device, begun)}
          onClick={onEnd}
        >
          {words.end}
        </button>
      )}
    </li>
  );
}
