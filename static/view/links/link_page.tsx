/// <reference lib="dom" />
import "../shared.ts";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { LinkKind } from "../../../protocol/links.ts";
import { LINK_STRINGS, type LinkStrings } from "../../link_strings.ts";
import { describeLink, type LinkDescription } from "../../state/link_description.ts";
import type { PageLink } from "../../state/links.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import { AcceptForm } from "./accept_form.tsx";
import { ClaimForm } from "./claim_form.tsx";
import { FirstSteps } from "./first_steps.tsx";
import { ResetForm } from "./reset_form.tsx";

/** The page of somebody who has followed a link with a token. */
export function LinkPage({ link }: { link: PageLink }): JSX.Element {
  const app = useApp();
  const { base, icon, settings } = app;
  const strings = useStrings();
  const words = LINK_STRINGS[settings.spoken.value];
  const [about, setAbout] = useState<LinkDescription | undefined>();
  const [done, setDone] = useState(false);
  const [isOther, setOther] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);

  async function describe(): Promise<void> {
    setAbout(undefined);
    setAbout(await describeLink(base, link));
  }
  useEffect(() => void describe(), []);
  // A screen reader says where one is, at first and when it is done.
  useLayoutEffect(() => title.current?.focus(), [done]);

  function onDone(room?: string): void {
    app.unlock(room);
    if (link.kind === "invite") app.link.value = undefined;
    else setDone(true);
  }

  const role = app.chat.access.current.value?.role ?? "guest";
  // The session of the person at a page that is covered has ended.
  const isKnown = app.locked.value === undefined && role !== "guest";
  const known = link.kind === "invite" && isKnown && !isOther ? app.chat.me.value : undefined;
  const chat = (about?.ok && about.chat) || new URL(base).hostname;
  const heading = titleOf(link.kind, done, words);
  const place = about?.ok === false ? errorWords(strings, about.code) : heading;
  useEffect(() => {
    document.title = `${place} · ${chat}`;
  }, [place, chat]);
  return (
    <main class="login">
      <div class="login-box">
        <p class="brand">
          <img src={icon} alt="" width="40" height="40" />
          <bdi>{chat}</bdi>
        </p>
        <h1 ref={title} tabIndex={-1}>{heading}</h1>
        {about === undefined && <p role="status">{words.checking}</p>}
        {about?.ok === false && (
          <>
            <p class="problem" role="alert">{errorWords(strings, about.code)}</p>
            <p class="actions">
              {about.code !== "bad_link" && (
                <button type="button" onClick={() => void describe()}>{strings.retry}</button>
              )}
              <button type="button" class="primary" onClick={() => app.link.value = undefined}>
                {words.toChat}
              </button>
            </p>
          </>
        )}
        {about?.ok && !done && known && (
          <AcceptForm
            token={link.token}
            name={known.name}
            words={words}
            onDone={() => onDone(about.room)}
            onOther={() => setOther(true)}
          />
        )}
        {about?.ok && !done && !known && (link.kind !== "reset"
          ? (
            <ClaimForm
              token={link.token}
              needsPassword={about.password}
              hint={link.kind === "claim" ? words.claimHint : words.inviteHint}
              label={link.kind === "claim" ? words.claimNow : words.joinNow}
              words={words}
              onDone={() => onDone(about.room)}
            />
          )
          : (
            <ResetForm
              token={link.token}
              name={about.name ?? ""}
              needsPassword={about.password}
              words={words}
              onDone={() => onDone()}
            />
          ))}
        {done && link.kind === "claim" && <FirstSteps words={words} />}
        {done && link.kind === "reset" && (
          <button
            type="button"
            class="primary"
            onClick={() => app.link.value = undefined}
          >
            {words.toChat}
          </button>
        )}
      </div>
    </main>
  );
}

function titleOf(kind: LinkKind, done: boolean, words: LinkStrings): string {
  if (kind === "claim") return done ? words.claimed : words.claimTitle;
  if (kind === "invite") return words.inviteTitle;
  return done ? words.resetDone : words.resetTitle;
}
