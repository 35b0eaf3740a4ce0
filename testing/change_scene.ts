/**
 * A room in which messages are changed.
 *
 * @module
 */
import type { ChangeCommand, Message, ServerLine } from "../protocol/mod.ts";
import { assert } from "./assert.ts";
import { HubOnState } from "./hub_on_state.ts";
import type { Recorder } from "./recorder.ts";
import type { Event } from "../state/events.ts";

let ids = 0;

/** A message that somebody sends. */
export function message(client: Recorder, room: string, text: string, more = {}): Event {
  const user = { id: client.user.id, name: client.user.name };
  return { type: "message", room, id: `m${ids++}`, user, text, ...more };
}

/** A command about a message, without the id that `ask` gives it. */
export function change(command: ChangeCommand): ChangeCommand {
  return command;
}

/** An edit of a message. */
export function edit(seq: number, text: string, room = "tea"): ChangeCommand {
  return change({ type: "edit", room, seq, text, id: "" });
}

/** The message in an answer. */
export function changed(line: ServerLine): Message {
  assert(line.type === "changed", JSON.stringify(line));
  return line.message;
}

/** The newest messages of a room as somebody is sent them. */
export async function read(
  the: HubOnState,
  client: Recorder,
  room = "tea",
): Promise<readonly Message[]> {
  await the.join(client, room);
  return client.all("joined").findLast((line) => line.room === room)?.messages ?? [];
}

/** The people of a room with three messages. */
interface Scene extends AsyncDisposable {
  readonly the: HubOnState;
  readonly ann: Recorder;
  readonly bob: Recorder;
  readonly carl: Recorder;
  readonly guest: Recorder;
}

/** Ann has made a room and is its moderator; Bob has written in it; Carl is an admin. */
export async function scene(): Promise<Scene> {
  const the = new HubOnState();
  const [ann, bob, carl] = [the.person("ann"), the.person("bob"), the.person("carl", "admin")];
  const guest = the.person("guest", "guest");
  the.append(
    message(ann, "tea", "one"),
    message(bob, "tea", "two"),
    message(guest, "tea", "three"),
  );
  for (const client of [ann, bob, carl, guest]) await the.join(client, "tea");
  return { the, ann, bob, carl, guest, [Symbol.asyncDispose]: () => the[Symbol.asyncDispose]() };
}
