import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AdminHeader, AdminPlace } from "./admin_place.tsx";
import { Composer } from "./composer.tsx";
import { useApp, useStrings } from "./context.ts";
import { DropPlace } from "./files/attach.tsx";
import { Dialogs } from "./dialogs.tsx";
import { UnknownPlace } from "./later_dialog.tsx";
import { MessageLog } from "./log.tsx";
import { LinkPlace } from "./link_place.tsx";
import { LoginPlace } from "./login_place.tsx";
import { People } from "./people.tsx";
import { RoomHeader } from "./room_header.tsx";
import { Sidebar } from "./sidebar.tsx";
import { AskToNotify, Outdated, ProblemStrip, Status } from "./status.tsx";
import { Toast } from "./toast.tsx";
import { Typing } from "./typing.tsx";
import { Welcome } from "./welcome.tsx";

/** Too narrow for the list of people beside the messages. */
const NARROW = matchMedia("(max-width: 68rem)");

/** Too narrow for the list of rooms as well. */
const PHONE = matchMedia("(max-width: 48rem)");

/** The page. */
export function Page(): JSX.Element {
  const app = useApp();
  const link = app.link.value;
  if (link !== undefined) return <LinkPlace link={link} />;
  return app.locked.value ? <LoginPlace /> : <Chatting />;
}

function Chatting(): JSX.Element {
  const app = useApp();
  const { chat, drawer, peopleDrawer, settings, spoken } = app;
  const room = chat.active.value;
  const strings = useStrings();
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    function change(): void {
      setNarrow(NARROW.matches);
      // The window has grown, and they are no drawers any more. One that is may have been opened before this was called.
      if (!PHONE.matches) drawer.value = false;
      if (!NARROW.matches) peopleDrawer.value = false;
    }
    NARROW.addEventListener("change", change);
    PHONE.addEventListener("change", change);
    // The window may have changed since the page was first drawn.
    setNarrow(NARROW.matches);
    return () => {
      NARROW.removeEventListener("change", change);
      PHONE.removeEventListener("change", change);
    };
  }, []);
  const adminTab = app.adminTab.value;
  // An address named a room that may not exist: nothing can be written there yet.
  const visiting = chat.visiting.value;
  const canWrite = !visiting && adminTab === undefined;
  const withPeople = canWrite && (narrow ? peopleDrawer.value : settings.people.value);
  return (
    <>
      {canWrite && (
        <a
          class="skip"
          href="#composer"
          onClick={(event) => {
            event.preventDefault();
            app.focusComposer();
          }}
        >
          {strings.skip}
        </a>
      )}
      <div class={`page ${withPeople ? "with-people" : ""}`}>
        <Sidebar />
        <main class="chat" inert={drawer.value || (narrow && withPeople)}>
          {adminTab === undefined
            ? <RoomHeader room={room} withPeople={withPeople} narrow={narrow} />
            : <AdminHeader />}
          <Status />
          <Outdated />
          <AskToNotify />
          <ProblemStrip />
          <Toast />
          {adminTab !== undefined
            ? <AdminPlace tab={adminTab} />
            : visiting && room.missing.value
            ? <UnknownPlace key={`unknown ${room.name}`} room={room} />
            : <MessageLog key={`log ${room.name}`} room={room} />}
          {adminTab === undefined && (
            <div class="foot">
              {!visiting && (
                <>
                  <Welcome />
                  <Composer key={`box ${room.name} ${chat.drafts.writer}`} room={room} />
                  <Typing room={room} />
                </>
              )}
            </div>
          )}
        </main>
        {withPeople && <People room={room} />}
        {(drawer.value || (narrow && peopleDrawer.value)) && (
          <div
            class="shade"
            onClick={() => drawer.value = peopleDrawer.value = false}
          >
          </div>
        )}
      </div>
      <div class="unseen" aria-live="polite">{spoken}</div>
      <Dialogs />
      <DropPlace />
    </>
  );
}
