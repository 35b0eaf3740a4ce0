import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { dateOf } from "../../state/calendar.ts";
import { visit } from "../address.ts";
import { useApp } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { useWords } from "./words.ts";

/** Goes to the first message of a room that was written on a day, or after it. */
export function JumpDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const { chat, toast, viewport } = useApp();
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | undefined>();
  const room = chat.active.value;
  const today = dateOf(chat.serverTime(Date.now()));

  /** Returns the day of what is in view. */
  function shown(): string {
    const at = room.shown.get(viewport.current?.spot?.seq ?? 0)?.at;
    return at === undefined ? today : dateOf(at);
  }

  async function jump(): Promise<void> {
    const at = startOfDate(field.current?.value ?? "");
    if (at === undefined) {
      setProblem(words.noDate);
      return field.current?.focus();
    }
    onClose();
    const seq = await chat.places.findDate(room, at);
    if (room !== chat.active.peek()) return;
    if (seq !== undefined) return visit(`#/${room.name}/${seq}`);
    chat.places.toNewest(room);
    toast.value = { text: words.nothingSince };
  }

  return (
    <Dialog title={words.jumpTitle} onClose={onClose}>
      <form
        class="report-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void jump();
        }}
      >
        <label>
          <span>{words.date}</span>
          <input
            ref={field}
            type="date"
            autofocus
            max={today}
            defaultValue={shown()}
            aria-describedby="jump-problem"
          />
        </label>
        <p class="problem" id="jump-problem" role="alert">{problem}</p>
        <p class="actions">
          <button type="button" onClick={onClose}>{words.cancel}</button>
          <button type="submit" class="primary">{words.jump}</button>
        </p>
      </form>
    </Dialog>
  );
}

/** The time at which a calendar day (`2026-12-31`) begins where the reader is; undefined if it is none since 1970. */
function startOfDate(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  if (year === undefined) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  // In time zones behind UTC, the first day of 1970 begins before time 0.
  return dateOf(start) === date ? Math.max(0, start) : undefined;
}
