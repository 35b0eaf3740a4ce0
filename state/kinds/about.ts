import { ABOUT_CHARACTERS } from "../../protocol/abouts.ts";
import type { Fields } from "../../protocol/fields.ts";
import { readLineOf } from "../../protocol/room_settings.ts";
import { AboutTable } from "../about_table.ts";
import { Audit } from "../audit.ts";
import { each, isText, type Kind } from "../kind.ts";
import { CHANGED, ERASED, type EventOutcome, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";

/** A person says something else about themselves, or an admin removes what a person says. */
export interface AboutEvent {
  readonly type: "about";
  readonly person: string;
  /** One line; empty to remove it. */
  readonly text: string;
  readonly by: string;
}

export const aboutKind: Kind<AboutEvent> = {
  parse({ person, text, by }: Fields): AboutEvent | undefined {
    const line = readLineOf(text, ABOUT_CHARACTERS);
    return isText(person) && isText(by) && line !== undefined && line === text
      ? { type: "about", person, text: line, by }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const abouts = new AboutTable(db);
    const audit = new Audit(db);

    /** Returns why somebody may not change a line; undefined if the person may. */
    function refusalOf({ person, text, by }: AboutEvent, at: number) {
      if (person !== by) {
        if (!permissions.mayAdminister(by)) return refused("forbidden", "it is for admins");
        return text === ""
          ? undefined
          : refused("forbidden", "the line of another person can only be removed");
      }
      if (!permissions.mayBecomeMember(by)) {
        return refused("forbidden", "it is for people who have a name");
      }
      if (text === "" || permissions.muteOf(by, at) === undefined) return undefined;
      return refused("muted", "you are muted");
    }

    return each((event, at): EventOutcome => {
      const { person, text, by } = event;
      const refusal = refusalOf(event, at);
      if (refusal !== undefined) return refusal;
      const former = abouts.of(person);
      if (former === text) return UNCHANGED;
      abouts.set(person, text);
      if (person !== by) audit.add({ at, by, action: "remove_about", person });
      return former === "" ? CHANGED : ERASED;
    });
  },
};
