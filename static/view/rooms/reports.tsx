import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Report, User } from "../../../protocol/mod.ts";
import type { ReportOutcome } from "../../../protocol/reports.ts";
import { replaceShortcodes } from "../../emoji.ts";
import { fileAddress, kindOf, shownSize, sizeWords } from "../../state/files/file_kind.ts";
import { errorWords } from "../../strings.ts";
import { Avatar } from "../avatar.tsx";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { PersonButton } from "../person_button.tsx";
import { Sentence } from "../sentence.tsx";
import { fullTimeOf, momentOf } from "../times.ts";
import { RemoveMessages } from "./remove_messages.tsx";
import { useWords } from "./words.ts";

/** The open reports in a dialog, for moderators. */
export function ReportsDialog({ onClose }: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title={useWords().reports} onClose={onClose}>
      <section>
        <ReportList />
      </section>
    </Dialog>
  );
}

/** The open reports that this person may see, and what can be done about them. */
export function ReportList(): JSX.Element {
  const { chat } = useApp();
  const { reports } = chat;
  const strings = useStrings();
  const words = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const list = reports.list.value;
  const problem = reports.problem.value;

  async function close(report: string, outcome: ReportOutcome): Promise<void> {
    const isClosed = await reports.close(report, outcome);
    // The button that had the focus is gone.
    if (isClosed) frame.current?.focus();
  }

  return (
    <div class="reports" tabIndex={-1} ref={frame} role="group" aria-label={words.reports}>
      <p class="problem" role="alert">{problem !== undefined && errorWords(strings, problem)}</p>
      {(list === undefined || list.length === 0) && (
        <p class="hint" role="status">{list === undefined ? words.loading : words.noReports}</p>
      )}
      {list !== undefined && list.length > 0 && (
        <ul>
          {list.map((report) => (
            <ReportItem
              key={report.report}
              report={report}
              isBusy={reports.busy.value === report.report}
              onClose={(outcome) => void close(report.report, outcome)}
            />
          ))}
        </ul>
      )}
      {reports.next.value !== undefined && (
        <p class="actions">
          <button type="button" onClick={() => void reports.loadMore()}>{words.showMore}</button>
        </p>
      )}
    </div>
  );
}

function ReportItem(
  { report, isBusy, onClose }: {
    report: Report;
    isBusy: boolean;
    onClose: (outcome: ReportOutcome) => void;
  },
): JSX.Element {
  const { chat, dialog, settings } = useApp();
  const words = useWords();
  const locale = settings.locale.value;
  const named = ({ id, name }: User): User => ({ id, name: chat.nameOf({ id, name }) });
  const user = named(report.user);
  const { files = [], room, text, title } = report;
  const mayOpen = room !== undefined &&
    (!room.startsWith("~") || chat.rooms.value.some(({ name }) => name === room));
  const place = room === undefined
    ? report.direct ? words.inDirect : text === undefined ? words.aboutPerson : words.inDeleted
    : title ?? (room.startsWith("~") ? words.inPrivate : `#${room}`);
  const mayRemoveAll = chat.access.current.value?.may.administer === true;
  const isRoomReport = room !== undefined && text !== undefined;
  return (
    <li>
      <p class="report-head">
        <Avatar user={user} />
        <PersonButton user={user}>
          <bdi>{user.name || "–"}</bdi>
        </PersonButton>
        <span class="hint">
          {mayOpen
            ? <a href={`#/${room}`} onClick={() => dialog.value = undefined}>{place}</a>
            : <bdi>{place}</bdi>}
        </span>
      </p>
      {text !== undefined && (
        <blockquote class="reported-text" dir="auto" tabIndex={0}>
          {replaceShortcodes(text)}
        </blockquote>
      )}
      {files.length > 0 && <ReportedFiles report={report} isBusy={isBusy} />}
      <ul class="report-reasons" aria-label={words.reasons}>
        {report.reasons.map(({ user, at, reason, text }) => (
          <li key={user.id}>
            <bdi>{reason}</bdi>
            <span class="hint">
              <Sentence names={[named(user).name || "–"]} make={words.reportedBy} />
              {" · "}
              <time
                dateTime={new Date(at).toISOString()}
                title={fullTimeOf(at, locale)}
              >
                {momentOf(at, locale)}
              </time>
            </span>
            {text !== undefined && (
              <>
                <span class="hint">{words.reportedText}</span>
                <blockquote class="reported-text" dir="auto" tabIndex={0}>
                  {replaceShortcodes(text)}
                </blockquote>
              </>
            )}
          </li>
        ))}
      </ul>
      {(mayRemoveAll || isRoomReport) && (
        <RemoveMessages
          person={user}
          {...(!mayRemoveAll && room !== undefined && { room: { name: room, place } })}
        />
      )}
      <p class="actions">
        <button type="button" aria-disabled={isBusy} onClick={() => onClose("dismissed")}>
          {words.dismissReport}
        </button>
        <button
          type="button"
          class="primary"
          aria-disabled={isBusy}
          onClick={() => onClose("acted")}
        >
          {words.closeReport}
        </button>
      </p>
    </li>
  );
}

/** The files of a reported message. In a room that an admin does not read they are shown only when wanted. */
function ReportedFiles(
  { report: { report, files = [], sealed }, isBusy }: { report: Report; isBusy: boolean },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = useWords();
  if (sealed) {
    return (
      <div class="reported-files">
        <p class="hint">{words.sealedFiles}</p>
        <button
          type="button"
          aria-disabled={isBusy}
          onClick={() => void chat.reports.open(report)}
        >
          {words.showFiles(files.length)}
        </button>
      </div>
    );
  }
  return (
    <ul class="reported-files" aria-label={strings.filesCount(files.length)}>
      {files.map((file) => {
        const { id, name, size, preview } = file;
        const isPicture = kindOf(file, preview !== undefined) === "picture";
        const shown = { id: preview ?? id, name };
        return (
          <li key={id}>
            <a href={fileAddress(file)} target="_blank" rel="noopener">
              {isPicture && (
                <img src={fileAddress(shown)} alt="" loading="lazy" {...shownSize(file)} />
              )}
              <bdi>{name}</bdi>
            </a>
            <span class="hint">{sizeWords(size, settings.locale.value)}</span>
          </li>
        );
      })}
    </ul>
  );
}
