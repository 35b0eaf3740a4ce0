import { Ban, Bell, RefreshCw, RotateCw, WifiOff, X } from "lucide-preact";
import type { JSX } from "preact";
import type { ConnectionRefusal } from "../state/refusal.ts";
import { errorWords, type Strings } from "../strings.ts";
import { wantToNotify } from "./attention.ts";
import { useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";

function refusalWords(strings: Strings, refusal: ConnectionRefusal | undefined): string {
  if (refusal?.kind === "told") return strings.refused(refusal.reason);
  return refusal?.kind === "dropped" ? strings.dropped : "";
}

/** Says the state of the connection: to the eye only when it is closed, and what is done about it. */
export function Status(): JSX.Element {
  const { chat, refusal, focusComposer } = useApp();
  const strings = useStrings();
  const state = chat.connection.state.value;
  const words = state.kind === "open"
    ? strings.connected
    : state.kind === "connecting"
    ? strings.connecting
    : state.kind === "stopped"
    ? strings.closed
    : state.kind === "banned"
    ? strings.banned
    : [
      strings.closed,
      ...state.offline
        ? [strings.offline]
        : [refusalWords(strings, refusal.value), strings.reconnecting],
    ].filter(Boolean).join(strings.gap);
  const closed = state.kind === "closed";
  const banned = state.kind === "banned";
  return (
    <div class={`connection ${state.kind} ${closed || banned ? "strip bad" : "unseen"}`}>
      {closed && <WifiOff aria-hidden="true" />}
      {banned && <Ban aria-hidden="true" />}
      <p role="status" aria-label={strings.connection}>{words}</p>
      {closed && (
        <button
          type="button"
          class="small"
          onClick={() => {
            chat.connection.wake();
            focusComposer();
          }}
        >
          <RefreshCw aria-hidden="true" />
          <span>{strings.tryNow}</span>
        </button>
      )}
    </div>
  );
}

/** Says that the server is another version than the page. */
export function Outdated(): JSX.Element | null {
  const { chat } = useApp();
  const strings = useStrings();
  if (!chat.outdated.value) return null;
  return (
    <p class="strip" role="alert">
      <span>{strings.outdated}</span>
      <button type="button" class="small" onClick={() => location.reload()}>
        <RotateCw aria-hidden="true" />
        {strings.reload}
      </button>
    </p>
  );
}

/** Asks for permission to notify after a mention was missed. */
export function AskToNotify(): JSX.Element | null {
  const { askToNotify, settings, focusComposer } = useApp();
  const strings = useStrings();
  const missed = askToNotify.value;
  if (!missed) return null;
  function answer(wanted: boolean): void {
    askToNotify.value = undefined;
    focusComposer();
    void wantToNotify(settings, wanted);
  }
  return (
    <p class="strip" role="alert">
      <Bell aria-hidden="true" />
      <span>{strings.notificationsAsk(missed.name, missed.room, missed.isReply)}</span>
      <button type="button" class="small" onClick={() => answer(true)}>{strings.turnOn}</button>
      <button type="button" class="small" onClick={() => answer(false)}>{strings.notNow}</button>
    </p>
  );
}

/** Says what was refused. */
export function ProblemStrip(): JSX.Element | null {
  const { chat, focusComposer } = useApp();
  const strings = useStrings();
  const problem = chat.problem.value;
  if (!problem) return null;
  return (
    <p class="strip bad" role="alert">
      <span>{problem.room && `#${problem.room}: `}{errorWords(strings, problem.code)}</span>
      <IconButton
        label={strings.close}
        onClick={() => {
          chat.problem.value = undefined;
          focusComposer();
        }}
      >
        <X aria-hidden="true" />
      </IconButton>
    </p>
  );
}
