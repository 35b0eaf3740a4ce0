import type { User } from "../../protocol/mod.ts";
import type { ChatOptions } from "./chat_options.ts";
import type { Drafts } from "./drafts.ts";
import type { OwnFiles } from "./files/own_files.ts";
import { isGuest } from "./guests.ts";
import type { MessageActions } from "./message_actions.ts";
import type { OwnMemberships } from "./own_memberships.ts";
import type { Outbox } from "./outbox.ts";
import type { OwnerChange, PersonalStore } from "./personal_store.ts";
import type { Rooms } from "./rooms.ts";

/** The parts that belong to one person and one store of a server. */
export interface OwnedParts {
  readonly store: PersonalStore;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly actions: MessageActions;
  readonly files: OwnFiles;
  readonly rooms: Rooms;
  readonly memberships: OwnMemberships;
}

/**
 * Follows a change of the server's store, or of the person that this browser is to it. Returns what has changed.
 *
 * @param owner `store`: the id of the server's store; `before`: the person whom the page knew, if there was one
 */
export function followOwner(
  { store, drafts, outbox, actions, files, rooms, memberships }: OwnedParts,
  { store: id, user, before, cookies = true }: {
    readonly store: string;
    readonly user: User;
    readonly before: User | undefined;
    readonly cookies?: boolean;
  },
): OwnerChange {
  const isFirst = before === undefined;
  // The session has ended, perhaps while there was no connection: what is here waits for the person to come back, also
  // when somebody else has logged in.
  const isLoggedOut = !isFirst && !isGuest(before.name) && store.isKept;
  const changes: OwnerChange[] = [];
  drafts.follow(() => {
    // Another tab may have named the person before: then only what waits here was another's.
    const isOther = store.owner?.endsWith(`/${user.id}`) === false;
    changes.push(store.own(id, user.id, { isGuest: isGuest(user.name) }));
    // Without cookies a person is taken for a new one each time.
    return isOther && (isFirst || store.isKept);
  }, { isLoggedOut, early: store.early });
  const [change = "none"] = changes;
  if (change === "none" || change === "first") return change;
  memberships.clear();
  const { moved } = store;
  const wasGuest = !isFirst && isGuest(before.name);
  const isUnkept = !store.isKept && isGuest(user.name);
  // What a person with a name has sent waits for that person, whoever is at the page now.
  const isLeft = change === "person" && !wasGuest && !isUnkept;
  if (change !== "person") {
    outbox.follow(change === "store" ? "other_store" : undefined);
    outbox.forgetAnswered();
    drafts.forgetAbout();
  } // Without cookies the server takes the same person for a new guest each time.
  else if (isUnkept && (wasGuest || !cookies)) return change;
  else outbox.follow("other_person", { isLeft, moved });
  files.follow();
  actions.follow(change, { isLeft, moved });
  rooms.reload(outbox.rooms);
  drafts.refresh();
  return change;
}

/**
 * Leaves the store to another person than the one with a name whom a page has shown that is covered. Returns whether
 * somebody else is there.
 */
export function passToOther(
  own: PersonalStore,
  { store, user, before, isCovered, onLoggedOut }:
    & Pick<ChatOptions, "isCovered" | "onLoggedOut">
    & { readonly store: string; readonly user: User; readonly before: User | undefined },
): boolean {
  if (!before || isGuest(before.name) || before.id === user.id || !isCovered?.()) return false;
  own.pass(store, user.id, { isGuest: isGuest(user.name) });
  onLoggedOut?.(user);
  return true;
}

/**
 * Follows another tab of this browser, which changed something in the store. Returns whether a message was sent,
 * changed or discarded there.
 *
 * @param change the key that it changed, and the value of it now
 */
export function followOtherTab(
  { store, drafts, outbox, actions, files, rooms }: OwnedParts,
  { key, value }: { readonly key: string; readonly value: string },
): boolean {
  const own = store.ownKey(key);
  if (own === undefined) return false;
  if (own.startsWith("draft.")) drafts.refresh();
  else if (own.startsWith("file.")) {
    files.changedElsewhere();
    return true;
  } else if (own.startsWith("action.")) actions.changedElsewhere(own, value);
  else if (own.startsWith("outbox.")) {
    const changed = outbox.changedElsewhere(own, value);
    if (changed) rooms.get(changed.room)?.touch();
    return changed !== undefined;
  } else rooms.changedElsewhere(own, value);
  return false;
}
