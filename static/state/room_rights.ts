import type { Access } from "../../protocol/mod.ts";
import type { Room } from "./room.ts";

/** Why this person may not write in a room now. */
export type WriteProblem =
  /** It is archived, or only its moderators or only people with a name write there. */
  | { readonly kind: "archived" | "moderators" | "guests" }
  /** The room lets people write only now and then; `until` is a time of the server, in ms since 1970. */
  | { readonly kind: "slow"; readonly until: number };

/** Whether this person may change the room: its moderators may, and in public rooms admins. */
export function mayManage({ info, role }: Room, access: Access | undefined): boolean {
  if (info.value.kind === "direct") return false;
  return role.value === "moderator" || (access?.role === "admin" && info.value.kind === "public");
}

/**
 * Why this person may not write in a room; `undefined` while they may.
 *
 * @param now the time of the server, in ms since 1970
 */
export function whyNotWrite(
  room: Room,
  { access, now }: { readonly access: Access | undefined; readonly now: number },
): WriteProblem | undefined {
  const { archived, guests, posting } = room.info.value;
  if (archived) return { kind: "archived" };
  if (access?.role === "guest" && !guests) return { kind: "guests" };
  if (posting === "moderators" && !mayManage(room, access)) return { kind: "moderators" };
  const until = room.slowUntil.value;
  return until > now ? { kind: "slow", until } : undefined;
}
