import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isRoom } from "../../../protocol/mod.ts";
import type { AdminStrings } from "../../admin_strings.ts";
import type { Administration } from "../../state/administration.ts";
import { Invitations } from "../../state/invitations.ts";
import { linkAddress } from "../../state/links.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { LoadFailed, useLoaded } from "../lazy.tsx";
import { Segments } from "../segments.tsx";
import { momentOf } from "../times.ts";
import { InviteRow } from "./invite_row.tsx";
import { MadeLink } from "./made_link.tsx";

/** Loads what draws QR codes. */
const loadQrCode = () => import("./qr_code.tsx");

const DAYS = ["1", "7", "30"] as const;
const USES = { one: 1, ten: 10, any: undefined } as const;

/** Makes invitations, and shows those that there are. */
export function InvitesTab(
  { state, words }: { state: Administration; words: AdminStrings },
): JSX.Element {
  const { base, chat, settings } = useApp();
  const strings = useStrings();
  const [invitations] = useState(() => new Invitations(chat.requests));
  const [days, setDays] = useState<typeof DAYS[number]>("7");
  const [uses, setUses] = useState<keyof typeof USES>("any");
  const [room, setRoom] = useState("");
  const [badRoom, setBadRoom] = useState(false);
  const isOpen = chat.connection.state.value.kind === "open";
  const qr = useLoaded(loadQrCode);
  useEffect(() => {
    if (isOpen) void invitations.load();
  }, [isOpen]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const name = room.trim();
    if (name !== "" && !isRoom(name)) return setBadRoom(true);
    const count = USES[uses];
    await invitations.make({
      days: Number(days),
      ...(count !== undefined && { uses: count }),
      ...(name !== "" && { room: name }),
    });
    void state.refresh();
  }

  const { list: { value: list }, made: { value: made }, problem: { value: problem } } = invitations;
  const busy = invitations.busy.value;
  const locale = settings.locale.value;
  return (
    <>
      {chat.info.settings.value?.entry === "open" && <p class="hint">{words.inviteOpen}</p>}
      <form class="settings-form" onSubmit={(event) => void submit(event)}>
        <h2>{words.newInvite}</h2>
        <Segments<typeof DAYS[number]>
          legend={words.inviteDays}
          name="invite-days"
          value={days}
          choices={DAYS.map((value) => ({ value, label: words.days(Number(value)) }))}
          onChange={setDays}
        />
        <Segments<keyof typeof USES>
          legend={words.inviteUses}
          name="invite-uses"
          value={uses}
          choices={[
            { value: "one", label: words.onePerson },
            { value: "ten", label: "10" },
            { value: "any", label: words.anyNumber },
          ]}
          onChange={setUses}
        />
        <label>
          <span>{words.inviteRoom}</span>
          <input
            type="text"
            value={room}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-invalid={badRoom}
            aria-describedby="invite-room-hint"
            onInput={({ currentTarget }) => {
              setRoom(currentTarget.value);
              setBadRoom(false);
            }}
          />
        </label>
        <p class="hint" id="invite-room-hint">{words.inviteRoomHint}</p>
        <p class="problem" role="alert">
          {badRoom
            ? errorWords(strings, "bad_room")
            : problem !== undefined && errorWords(strings, problem)}
        </p>
        <p class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>{words.makeInvite}</button>
        </p>
      </form>
      {made && (
        <div class="made-invite">
          <MadeLink
            label={words.inviteLink}
            hash={linkAddress(made)}
            hint={words.inviteUntil(momentOf(made.until, locale))}
            words={words}
          />
          {qr === "failed"
            ? <LoadFailed />
            : qr && <qr.QrCode text={base + linkAddress(made)} label={words.qrCode} />}
        </div>
      )}
      <h2>{words.invitations}</h2>
      {list?.length === 0 && <p class="hint">{words.noInvites}</p>}
      {list === undefined && <p class="hint" role="status">{words.loading}</p>}
      {list !== undefined && list.length > 0 && (
        <ul class="admin-list" aria-label={words.invitations}>
          {list.map((invite) => (
            <InviteRow
              key={invite.link}
              invite={invite}
              by={state.nameOf(invite.by)}
              words={words}
              busy={busy}
              onRevoke={() =>
                void invitations.revoke(invite.link).then(() => state.refresh())}
            />
          ))}
        </ul>
      )}
    </>
  );
}
