import { Hash, Link, MessageSquare, Pencil } from "lucide-preact";
import type { JSX } from "preact";
import type { LinkStrings } from "../../link_strings.ts";
import { useApp } from "../context.ts";
import { ADMIN_ADDRESS, visit } from "../address.ts";

/** Suggestions for the admin of an empty chat. */
export function FirstSteps({ words }: { words: LinkStrings }): JSX.Element {
  const app = useApp();
  const { dialog } = app;

  function leave(then: () => void = () => {}): void {
    app.link.value = undefined;
    then();
  }

  return (
    <>
      <h2>{words.firstSteps}</h2>
      <ul class="first-steps">
        <li>
          <button
            type="button"
            onClick={() => leave(() => visit(`${ADMIN_ADDRESS}settings`))}
          >
            <Pencil aria-hidden="true" />
            {words.nameChat}
          </button>
        </li>
        <li>
          <button
            type="button"
            onClick={() => leave(() => visit(`${ADMIN_ADDRESS}invites`))}
          >
            <Link aria-hidden="true" />
            {words.invite}
          </button>
        </li>
        <li>
          <button type="button" onClick={() => leave(() => dialog.value = "rooms")}>
            <Hash aria-hidden="true" />
            {words.makeRoom}
          </button>
        </li>
        <li>
          <button type="button" class="primary" onClick={() => leave()}>
            <MessageSquare aria-hidden="true" />
            {words.toChat}
          </button>
        </li>
      </ul>
    </>
  );
}
