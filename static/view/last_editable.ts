import type { Message } from "../../protocol/mod.ts";
import type { Room } from "../state/room.ts";
import type { App } from "./context.ts";
import { messageRights } from "./message_actions.tsx";

/** The newest message of this person that they may change, as it is shown. */
export function lastEditable(app: App, room: Room): Message | undefined {
  const { chat } = app;
  const me = chat.me.peek();
  if (!me) return undefined;
  const waiting = chat.outbox.of(room.name).filter(({ failed }) => failed === undefined)
    .map(({ id, text, at }) => ({ room: room.name, seq: 0, id, user: me, text, at }));
  const last = [...room.timeline.messages, ...waiting].findLast((message) =>
    message.user.id === me.id &&
    messageRights(app, room, chat.actions.shown(message).message).edit
  );
  return last && chat.actions.shown(last).message;
}
