import { Link } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ADMIN_STRINGS } from "../../admin_strings.ts";
import { Invitations } from "../../state/invitations.ts";
import { linkAddress } from "../../state/links.ts";
import { errorWords } from "../../strings.ts";
import { InviteRow } from "../admin/invite_row.tsx";
import { MadeLink } from "../admin/made_link.tsx";
import { useApp, useStrings } from "../context.ts";
import { LoadFailed, useLoaded } from "../lazy.tsx";
import { momentOf } from "../times.ts";
import { useWords } from "./words.ts";

/** Loads what draws QR codes. */
const loadQrCode = () => import("../admin/qr_code.tsx");

/** Invitations by link to a private room, for its moderators. */
export function RoomInvite({ room }: { room: string }): JSX.Element {
  const { base, chat, settings } = useApp();
  const strings = useStrings();
  const words = useWords();
  const admin = ADMIN_STRINGS[settings.spoken.value];
  const [invitations] = useState(() => new Invitations(chat.requests));
  const qr = useLoaded(loadQrCode);
  useEffect(() => void invitations.load(), []);
  const { list: { value: list = [] }, made: { value: made }, busy: { value: busy } } = invitations;
  const problem = invitations.problem.value;
  const shown = list.filter((invite) => invite.room === room);
  return (
    <section class="room-invite">
      <h3>{words.inviteByLink}</h3>
      <p class="hint">{words.inviteByLinkHint}</p>
      <p class="problem" role="alert">{problem && errorWords(strings, problem)}</p>
      <p class="actions">
        <button
          type="button"
          aria-disabled={busy}
          onClick={() => void invitations.make({ room })}
        >
          <Link aria-hidden="true" />
          {words.makeInviteLink}
        </button>
      </p>
      {made && (
        <div class="made-invite">
          <MadeLink
            label={admin.inviteLink}
            hash={linkAddress(made)}
            hint={admin.inviteUntil(momentOf(made.until, settings.locale.value))}
            words={admin}
          />
          {qr === "failed"
            ? <LoadFailed />
            : qr && <qr.QrCode text={base + linkAddress(made)} label={admin.qrCode} />}
        </div>
      )}
      {shown.length > 0 && (
        <ul class="admin-list" aria-label={admin.invitations}>
          {shown.map((invite) => (
            <InviteRow
              key={invite.link}
              invite={invite}
              by={chat.nameOf({ id: invite.by, name: "" }) || "–"}
              words={admin}
              busy={busy}
              onRevoke={() => void invitations.revoke(invite.link)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
