import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { REPORT_CHARACTERS } from "../../../protocol/reports.ts";
import { replaceShortcodes } from "../../emoji.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { useWords } from "./words.ts";

/** Reports a message, or a person, to moderators and admins. */
export function ReportDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const { chat, reporting, toast } = useApp();
  const strings = useStrings();
  const words = useWords();
  const [about] = useState(() => reporting.peek());
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  if (!about) return null;
  const { user, message } = about;
  const name = chat.nameOf(user);
  const isDirect = message && chat.room(message.room)?.info.value.kind === "direct";

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    if (reason.trim() === "") {
      setProblem(words.noReason);
      field.current?.focus();
      return;
    }
    setBusy(true);
    const answer = await chat.requests.ask({
      ...{ type: "report", reason: reason.trim() },
      ...(message ? { room: message.room, seq: message.seq } : { person: user.id }),
    });
    setBusy(false);
    if (answer.ok) {
      onClose();
      toast.value = { text: words.reported };
    } else {
      setProblem(
        answer.code === "too_many" ? words.tooManyReports : errorWords(strings, answer.code),
      );
    }
  }

  return (
    <Dialog
      title={message ? words.reportMessage(name) : words.reportPerson(name)}
      onClose={onClose}
    >
      <form class="report-form" onSubmit={(event) => void submit(event)}>
        {message && (
          <blockquote class="reported-text" dir="auto" tabIndex={0}>
            {replaceShortcodes(message.text)}
          </blockquote>
        )}
        <label>
          <span>{words.reportReason}</span>
          <textarea
            ref={field}
            rows={3}
            dir="auto"
            value={reason}
            maxLength={REPORT_CHARACTERS}
            aria-describedby="report-hint"
            autofocus
            onInput={({ currentTarget }) => {
              setReason(currentTarget.value);
              setProblem(undefined);
            }}
          />
        </label>
        <p class="hint" id="report-hint">
          {!message
            ? words.reportPersonHint
            : isDirect
            ? words.reportDirectHint
            : words.reportMessageHint}
        </p>
        <p class="problem" role="alert">{problem}</p>
        <p class="actions">
          <button type="button" onClick={onClose}>{words.cancel}</button>
          <button type="submit" class="primary" aria-disabled={busy}>{words.sendReport}</button>
        </p>
      </form>
    </Dialog>
  );
}
