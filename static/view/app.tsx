import { Bell, LogOut, Menu, Users, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Room } from "../state/room.ts";
import { errorWords } from "../strings.ts";
import { wantToNotify } from "./attention.ts";
import { Composer } from "./composer.tsx";
import { useApp, useStrings } from "./context.ts";
import { Dialogs } from "./dialogs.tsx";
import { MessageLog } from "./log.tsx";
import { Login } from "./login.tsx";
import { NameForm } from "./name_form.tsx";
import { People } from "./people.tsx";
import { Sentence } from "./sentence.tsx";
import { isNew, Sidebar } from "./sidebar.tsx";
import { Outdated, Status } from "./status.tsx";
import { IconButton } from "./icon_button.tsx";

/** Where there is no room for the list of people beside the messages. */
const NARROW = matchMedia("(max-width: 68rem)");

/** Where there is none for the rooms either. */
const PHONE = matchMedia("(max-width: 48rem)");

/** The page. */
export function Page(): JSX.Element {
  const app = useApp();
  return app.locked.value ? <Login /> : <Chatting />;
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
      drawer.value = peopleDrawer.value = false;
    }
    NARROW.addEventListener("change", change);
    PHONE.addEventListener("change", change);
    return () => {
      NARROW.removeEventListener("change", change);
      PHONE.removeEventListener("change", change);
    };
  }, []);
  const withPeople = narrow ? peopleDrawer.value : settings.people.value;
  return (
    <>
      <a
        class="skip"
        href="#composer"
        onClick={(event) => {
          event.preventDefault();
          app.toComposer.value++;
        }}
      >
        {strings.skip}
      </a>
      <div class={`page ${withPeople ? "with-people" : ""}`}>
        <Sidebar />
        <main class="chat" inert={drawer.value || (narrow && peopleDrawer.value)}>
          <RoomHeader room={room} withPeople={withPeople} narrow={narrow} />
          <Outdated />
          <Welcome />
          <AskToNotify />
          <ProblemBanner />
          <MessageLog key={`log ${room.name}`} room={room} />
          <Typing room={room} />
          <Composer key={`box ${room.name}`} room={room} />
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
    </>
  );
}

function RoomHeader(
  { room, withPeople, narrow }: { room: Room; withPeople: boolean; narrow: boolean },
): JSX.Element {
  const { chat, drawer, peopleDrawer, settings, toComposer } = useApp();
  const strings = useStrings();
  const elsewhere = chat.unread.value - room.unread.value;
  return (
    <header class="room-header">
      <IconButton
        class="drawer-only"
        label={elsewhere > 0
          ? `${strings.openRooms}, ${strings.unreadIn(elsewhere)}`
          : strings.openRooms}
        aria-expanded={drawer.value}
        onClick={() => drawer.value = true}
      >
        <Menu aria-hidden="true" />
        {elsewhere > 0 && <span class="dot"></span>}
      </IconButton>
      <h1>
        <span class="hash" aria-hidden="true">#</span>
        {room.name}
      </h1>
      <Status />
      <IconButton
        label={strings.leaveRoom}
        disabled={chat.rooms.value.length < 2}
        onClick={() => {
          chat.leave(room);
          toComposer.value++;
        }}
      >
        <LogOut aria-hidden="true" />
      </IconButton>
      <IconButton
        class="people-button"
        label={`${withPeople ? strings.hidePeople : strings.showPeople}, ${
          strings.here(room.count.value)
        }`}
        aria-expanded={withPeople}
        onClick={() => {
          if (narrow) peopleDrawer.value = !peopleDrawer.value;
          else settings.set("people", !settings.people.value);
        }}
      >
        <Users aria-hidden="true" />
        <span aria-hidden="true">{room.count}</span>
      </IconButton>
    </header>
  );
}

function Welcome(): JSX.Element | null {
  const { chat, settings, toComposer } = useApp();
  const strings = useStrings();
  const me = chat.me.value;
  if (!me || !isNew(me.name, settings.greeted.value)) return null;
  function done(): void {
    settings.set("greeted", true);
    toComposer.value++;
  }
  return (
    <section class="card welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">{strings.welcome}</h2>
      <p>{strings.welcomeHint}</p>
      <NameForm autoFocus onSaved={done}>
        <button type="button" onClick={done}>{strings.stayGuest(me.name)}</button>
      </NameForm>
    </section>
  );
}

function AskToNotify(): JSX.Element | null {
  const { askToNotify, settings, toComposer } = useApp();
  const strings = useStrings();
  if (!askToNotify.value) return null;
  function answer(wanted: boolean): void {
    askToNotify.value = false;
    toComposer.value++;
    void wantToNotify(settings, wanted);
  }
  return (
    <p class="banner" role="alert">
      <Bell aria-hidden="true" />
      <span>{strings.notificationsAsk}</span>
      <button type="button" class="small" onClick={() => answer(true)}>{strings.turnOn}</button>
      <button type="button" class="small" onClick={() => answer(false)}>{strings.notNow}</button>
    </p>
  );
}

function ProblemBanner(): JSX.Element | null {
  const { chat, toComposer } = useApp();
  const strings = useStrings();
  const problem = chat.problem.value;
  if (!problem) return null;
  return (
    <p class="banner bad" role="alert">
      <span>{problem.room && `#${problem.room}: `}{errorWords(strings, problem.code)}</span>
      <IconButton
        label={strings.close}
        onClick={() => {
          chat.problem.value = undefined;
          toComposer.value++;
        }}
      >
        <X aria-hidden="true" />
      </IconButton>
    </p>
  );
}

function Typing({ room }: { room: Room }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const names = room.typing.value.map((user) => chat.nameOf(user));
  return (
    <p class="typing">
      {names.length > 0 && (
        <>
          <span class="dots" aria-hidden="true">
            <i></i>
            <i></i>
            <i></i>
          </span>
          <Sentence
            names={names.slice(0, 2)}
            make={(...places) => names.length > 2 ? strings.manyTyping : strings.typing(places)}
          />
        </>
      )}
    </p>
  );
}
