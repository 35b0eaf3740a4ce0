import { RefreshCw, RotateCw } from "lucide-preact";
import type { JSX } from "preact";
import { useApp, useStrings } from "./context.ts";

/** Says how the connection is, and what is done about it. */
export function Status(): JSX.Element {
  const { chat, toComposer } = useApp();
  const strings = useStrings();
  const state = chat.connection.state.value;
  const words = state.kind === "open"
    ? strings.connected
    : state.kind === "connecting"
    ? strings.connecting
    : state.kind === "stopped"
    ? strings.closed
    : `${strings.closed} ${state.offline ? strings.offline : strings.reconnecting}`;
  return (
    <div class={`connection ${state.kind}`}>
      <p role="status" aria-label={strings.connection}>{words}</p>
      {state.kind === "closed" && (
        <button
          type="button"
          class="small"
          onClick={() => {
            chat.connection.wake();
            toComposer.value++;
          }}
        >
          <RefreshCw aria-hidden="true" />
          {strings.tryNow}
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
    <p class="banner" role="alert">
      {strings.outdated}{" "}
      <button type="button" class="small" onClick={() => location.reload()}>
        <RotateCw aria-hidden="true" />
        {strings.reload}
      </button>
    </p>
  );
}
