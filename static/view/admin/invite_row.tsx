import type { JSX } from "preact";
import { type Invitation, isHiddenRoom } from "../../../protocol/mod.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Sentence } from "../sentence.tsx";
import { momentOf } from "../times.ts";

/** An invitation of the list. */
export function InviteRow(
  { invite, by, words, busy, onRevoke }: {
    invite: Invitation;
    /** The name of the admin who made it. */
    by: string;
    words: AdminStrings;
    busy: boolean;
    onRevoke: () => void;
  },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const locale = settings.locale.value;
  const { at, until, uses, used, room } = invite;
  const ended = until <= chat.serverTime(Date.now()) || used >= (uses ?? Infinity);
  return (
    <li class="invite">
      <div>
        <p>
          {uses === undefined ? words.come(used) : words.comeOf(used, uses)}
          {room !== undefined && (
            <bdi>{` · ${isHiddenRoom(room) ? strings.privateRoom : `#${room}`}`}</bdi>
          )}
          {" · "}
          {ended
            ? <span class="badge plain">{words.ended}</span>
            : words.endsAt(momentOf(until, locale))}
        </p>
        <p class="hint">
          <Sentence
            names={[by]}
            make={(by = "") => words.inviteBy(by, momentOf(at, locale))}
          />
        </p>
      </div>
      <button type="button" aria-disabled={busy} onClick={onRevoke}>{words.revoke}</button>
    </li>
  );
}
