/**
 * The capability of being connected: the greeting, and errors.
 *
 * @module
 */
import type { LineParsers } from "./capability.ts";
import { isAmount, isCount, isFields, isList, isString } from "./fields.ts";
import { isUser } from "./line_fields.ts";
import { isMay, isPersonId, isTime, type May, readRole, type Role } from "./roles.ts";
import { type ChatSettings, isChat } from "./settings.ts";
import { ERROR_CODES, type ErrorLine, type Limits, type User } from "./types.ts";

/** The first line of every connection. */
export interface HelloLine {
  readonly type: "hello";
  readonly protocol: string;
  readonly version: string;
  /**
   * Names the history that the server has. It changes when an older state of the data is restored or the
   * server gets other data; each `seq` that was received before is then meaningless.
   */
  readonly store: string;
  readonly user: User;
  /** The person's role. A `you` says when it, or what the person may do, changes. */
  readonly role: Role;
  readonly may: May;
  /** As in `you`. */
  readonly muted?: number;
  /** As in `you`. */
  readonly undisturbed?: number;
  /** The settings of the chat. A `chat` says when one changes. */
  readonly chat: ChatSettings;
  /** The ids of the admins, so that a client can mark them. An `admins` says when they change. */
  readonly admins: readonly string[];
  readonly limits: Limits;
}

/** Every line of this capability. */
export type ConnectionLine = HelloLine | ErrorLine;

/** The parsers of the lines. */
export const CONNECTION_LINES: LineParsers<ConnectionLine> = {
  hello(fields) {
    const { protocol, version, store, user, role, may, muted, undisturbed } = fields;
    const { chat, admins, limits } = fields;
    const known = readRole(role);
    if (!isString(protocol) || !isString(version) || !isString(store)) return undefined;
    if (!isUser(user) || !known || !isMay(may) || !isTime(muted)) return undefined;
    if (!isTime(undisturbed)) return undefined;
    if (!isChat(chat) || !isList(admins, isPersonId) || !isLimits(limits)) return undefined;
    return {
      ...{ type: "hello", protocol, version, store, user, role: known, may },
      ...(muted !== undefined && { muted }),
      ...(undisturbed !== undefined && { undisturbed }),
      ...{ chat, admins, limits },
    };
  },

  error({ code, message, ref, retry }) {
    const known = ERROR_CODES.find((each) => each === code);
    if (known === undefined || !isString(message)) return undefined;
    if (ref !== undefined && !isString(ref)) return undefined;
    if (retry !== undefined && !isAmount(retry)) return undefined;
    return {
      type: "error",
      code: known,
      message,
      ...(ref === undefined ? {} : { ref }),
      ...(retry === undefined ? {} : { retry }),
    };
  },
};

function isLimits(value: unknown): value is Limits {
  return isFields(value) && isCount(value.message) && isCount(value.frame) &&
    isAmount(value.rate) && isAmount(value.burst) && isCount(value.history) &&
    isCount(value.title) && isCount(value.topic) && isCount(value.newRooms) &&
    isCount(value.directPeople) && isCount(value.reactions) && isCount(value.pins) &&
    isCount(value.file) && isCount(value.files);
}
