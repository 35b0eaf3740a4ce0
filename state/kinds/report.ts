import type { Fields } from "../../protocol/fields.ts";
import { textWithFiles } from "../../protocol/mod.ts";
import { REPORTED_CHARACTERS } from "../../protocol/reports.ts";
import { ChangeTable } from "../change_table.ts";
import { Judges } from "../judges.ts";
import { each, isNumber, isText, type Kind } from "../kind.ts";
import { type EventOutcome, NO_ROOM, refused, UNCHANGED } from "../outcome.ts";
import { Permissions } from "../permissions.ts";
import { OPEN_REPORTS, REASONS_LIMIT, ReportTable, type StoredReport } from "../report_table.ts";
import { RoomTable } from "../room_table.ts";

/** Somebody reports a message, or a person, to moderators and admins. */
export interface ReportEvent {
  readonly type: "report";
  /** The id of the report, unless the same was reported before. */
  readonly report: string;
  /** The message, or the person. */
  readonly about:
    | { readonly room: string; readonly seq: number }
    /** `name`: that of this moment. */
    | { readonly person: string; readonly name: string };
  readonly reason: string;
  /** The person who reports, under the name of this moment. */
  readonly by: string;
  readonly byName: string;
}

export const reportKind: Kind<ReportEvent> = {
  parse({ report, about, reason, by, byName }: Fields): ReportEvent | undefined {
    const parsed = parseAbout(about);
    return isText(report) && parsed !== undefined && isText(reason) && isText(by) &&
        typeof byName === "string"
      ? { type: "report", report, about: parsed, reason, by, byName }
      : undefined;
  },

  prepare(db) {
    const permissions = new Permissions(db);
    const rooms = new RoomTable(db);
    const table = new ReportTable(db);
    const changes = new ChangeTable(db);
    const judges = new Judges(db, permissions);

    /** Returns the report of a message that the person may read, or why there is none. */
    function ofMessage(
      { report: id, about, by }: ReportEvent,
      at: number,
    ): StoredReport | EventOutcome {
      if (!("room" in about)) return ofPerson(id, about, at);
      const { room: address, seq } = about;
      const view = permissions.viewOf(by, address);
      const room = view?.made ? rooms.of(address) : undefined;
      if (view === undefined || room === undefined) return refused(...NO_ROOM);
      const message = seq < view.from ? undefined : changes.message(room.id, address, seq);
      if (message === undefined || message.deleted !== undefined) {
        return refused("no_message", "there is no such message");
      }
      const { user, files = [] } = message;
      const text = textWithFiles(message.text, files);
      const known = table.ofMessage(room.id, seq) ?? id;
      return { id: known, at, room: room.id, seq, author: user.id, name: user.name, text };
    }

    function ofPerson(
      id: string,
      { person, name }: { person: string; name: string },
      at: number,
    ): StoredReport | EventOutcome {
      if (permissions.role(person) === "guest" && !table.isAuthor(person)) {
        return refused("no_person", "there is nobody with this id");
      }
      return {
        ...{ id: table.ofPerson(person) ?? id, at, author: person },
        // The server of the one who reports may have looked it up before the account was deleted.
        name: permissions.isDeleted(person) ? "" : name,
      };
    }

    /** Returns the text of a message that is another one than the first who reported it saw. */
    function laterText({ id, text }: StoredReport): { text?: string } {
      return text === undefined || text === table.textOf(id)
        ? {}
        // It may cut a character in two.
        : { text: text.slice(0, REPORTED_CHARACTERS).toWellFormed() };
    }

    return each((event, at): EventOutcome => {
      const { by, byName, reason } = event;
      if (!permissions.mayEnter(by)) return refused("forbidden", "you are banned");
      const report = ofMessage(event, at);
      if ("type" in report) return report;
      if (report.author === by) return refused("forbidden", "this is yourself");
      const isKnown = table.about(report.id) !== undefined;
      if (isKnown && table.countReasons(report.id) >= REASONS_LIMIT) return UNCHANGED;
      if (table.countBy(by) >= OPEN_REPORTS) {
        return refused("too_many", `${OPEN_REPORTS} reports of yours are open`);
      }
      if (!isKnown && table.count() >= table.limitFor(by, permissions.role(by), at)) {
        return refused("too_many", "too many reports are open");
      }
      if (!isKnown) table.add(report);
      const added = table.addReason(report.id, {
        ...{ user: { id: by, name: byName }, at, reason },
        ...laterText(report),
      });
      if (!added) return UNCHANGED;
      return { type: "changed", effects: judges.announce(report) };
    });
  },
};

function parseAbout(about: unknown): ReportEvent["about"] | undefined {
  if (typeof about !== "object" || about === null) return undefined;
  const { room, seq, person, name }: Fields = { ...about };
  if (isText(room) && isNumber(seq)) return { room, seq };
  return isText(person) && typeof name === "string" ? { person, name } : undefined;
}
