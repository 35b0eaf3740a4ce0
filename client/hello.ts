import type { ClientOptions } from "./options.ts";
import {
  frameBytes,
  type HelloLine,
  HISTORY_LIMIT,
  MESSAGE_FILES,
  PINS,
  PROTOCOL,
  REACTIONS,
  type User,
} from "../protocol/mod.ts";
import { DIRECT_PEOPLE, NEW_ROOMS } from "../protocol/room_making.ts";
import { TITLE_CHARACTERS, TOPIC_CHARACTERS } from "../protocol/room_settings.ts";

/** Returns the line that greets a client; `burst` is the number of messages that may arrive at once. */
export function helloLine(
  { user, aliases }: { readonly user: User; readonly aliases: readonly string[] },
  burst: number,
  options: ClientOptions,
): HelloLine {
  const { version, store, maxMessage, maxFile, rate } = options;
  const { chat, admins, ...access } = options.welcome(user.id, aliases);
  const [message, frame] = [maxMessage, frameBytes(maxMessage)];
  const limits = {
    ...{ message, frame, rate, burst, history: HISTORY_LIMIT },
    ...{ title: TITLE_CHARACTERS, topic: TOPIC_CHARACTERS },
    ...{ newRooms: NEW_ROOMS, directPeople: DIRECT_PEOPLE, reactions: REACTIONS, pins: PINS },
    ...{ file: maxFile, files: MESSAGE_FILES },
  };
  const [type, protocol] = ["hello", PROTOCOL] as const;
  return { type, protocol, version, store, user, ...access, chat, admins, limits };
}
