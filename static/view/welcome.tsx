import { X } from "lucide-preact";
import type { JSX } from "preact";
import { useApp, useStrings } from "./context.ts";
import { NameRow } from "./name_form.tsx";
import { OtherRooms } from "./other_rooms.tsx";
import { isGuest } from "../state/guests.ts";

/** Asks a newcomer for a name, above the message box: that one may be used without an answer. */
export function Welcome(): JSX.Element | null {
  const { base, chat, settings, focusComposer } = useApp();
  const strings = useStrings();
  const me = chat.me.value;
  if (!me || !isNew(me.name, settings.greeted.value)) return null;
  const about = chat.info.settings.value;
  function done(): void {
    settings.set("greeted", true);
    focusComposer();
  }
  return (
    <section class="welcome" aria-label={strings.welcome}>
      <p class="welcome-words">
        <span>
          <b>{strings.welcomeTo(about?.name || new URL(base).hostname)}</b>
          {strings.gap}
          {strings.welcomeHint}
        </span>
        {/* Where the list of rooms is in a drawer, nothing else says that there are others. */}
        <OtherRooms class="link drawer-only" />
      </p>
      {about?.welcome && <p class="welcome-text" dir="auto" tabIndex={0}>{about.welcome}</p>}
      <NameRow autoFocus onSaved={done}>
        <button type="button" class="later" title={strings.stayGuest(me.name)} onClick={done}>
          <X aria-hidden="true" />
          <span>{strings.stayGuest(me.name)}</span>
        </button>
      </NameRow>
    </section>
  );
}

/** Whether to ask for a name: the person has none, and was not asked before. */
export function isNew(name: string, greeted: boolean): boolean {
  return !greeted && isGuest(name);
}
