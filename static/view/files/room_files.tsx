import { MessageSquareText } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { FileInfo, Message } from "../../../protocol/mod.ts";
import { fileAddress, kindOf } from "../../state/files/file_kind.ts";
import { type News, presentOf } from "../../state/live_inbox.ts";
import { errorWords } from "../../strings.ts";
import { visit } from "../address.ts";
import { useApp, useStrings } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { IconButton } from "../icon_button.tsx";
import { FileCard, type ShownFile } from "../message_files.tsx";
import { shownName } from "../names.ts";
import { momentOf } from "../times.ts";
import { useFileWords } from "./words.ts";
import { picturesOf } from "./viewer.tsx";

/** The files of the room that is shown, newest first: pictures as a grid, the others as a list. */
export function RoomFilesDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const app = useApp();
  const { chat, dialog, settings, viewing } = app;
  const strings = useStrings();
  const words = useFileWords();
  const [room] = useState(() => chat.active.peek());
  const [messages, setMessages] = useState<readonly Message[] | undefined>();
  const [hasMore, setMore] = useState(false);
  const [problem, setProblem] = useState<string | undefined>();

  async function load(before?: number): Promise<void> {
    const answer = await chat.requests.ask({
      ...{ type: "files", room: room.name },
      ...(before !== undefined && { before }),
    });
    if (!answer.ok) return setProblem(answer.code);
    if (answer.line.type !== "files") return;
    const { messages: found, more } = answer.line;
    setMessages((known = []) => before === undefined ? found : [...known, ...found]);
    setMore(more);
    setProblem(undefined);
  }
  useEffect(() => void load(), [room.last.value]);
  useEffect(() => {
    const onNews = (news: News): void => setMessages((known) => known && presentOf(known, news));
    app.onNews.add(onNews);
    return () => void app.onNews.delete(onNews);
  }, []);

  const shown = (messages ?? []).filter(({ user }) => !chat.ignoring.hides(user.id));
  const pictures = picturesOf(app, shown);
  const others = shown.flatMap((message) =>
    (message.files ?? []).map((file) => ({ message, file: shownFile(file) }))
      .filter(({ file }) => file.kind !== "picture")
  );
  return (
    <Dialog class="room-files" title={words.roomFiles} onClose={onClose}>
      <p class="problem" role="alert">{problem !== undefined && errorWords(strings, problem)}</p>
      {messages === undefined
        ? problem === undefined && <p class="hint" role="status">{words.loading}</p>
        : shown.length === 0 && !hasMore
        ? <p class="hint" role="status">{words.noFiles} {words.noFilesHint}</p>
        : null}
      {pictures.length > 0 && (
        <section>
          <h3>{words.pictures}</h3>
          <ul class="picture-list" aria-label={words.pictures}>
            {pictures.map(({ message, file }) => (
              <li key={`${message.seq} ${file.id}`}>
                <button
                  type="button"
                  class="picture"
                  title={`${file.name} · ${shownName(app, message.user)}`}
                  onClick={() => {
                    viewing.value = {
                      ...{ room: room.name, seq: message.seq, id: file.id, pictures },
                    };
                    dialog.value = "picture";
                  }}
                >
                  <img
                    src={fileAddress(
                      file.preview !== undefined
                        ? { id: file.preview, name: `preview-${file.name}` }
                        : file,
                    )}
                    alt={strings.pictureNamed(file.name)}
                    loading="lazy"
                    decoding="async"
                  />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {others.length > 0 && (
        <section>
          <h3>{words.otherFiles}</h3>
          <ul class="file-list" aria-label={words.otherFiles}>
            {others.map(({ message, file }) => (
              <li key={`${message.seq} ${file.id}`}>
                <FileCard
                  file={file}
                  isTabStop
                  more={[
                    shownName(app, message.user) || "–",
                    momentOf(message.at, settings.timeLocale),
                  ].join(" · ")}
                />
                <IconButton
                  label={words.showInRoomOf(file.name)}
                  onClick={() => {
                    onClose();
                    // When the dialog has given back the focus.
                    setTimeout(() => visit(`#/${room.name}/${message.seq}`));
                  }}
                >
                  <MessageSquareText aria-hidden="true" />
                </IconButton>
              </li>
            ))}
          </ul>
        </section>
      )}
      {hasMore && (
        <p class="actions">
          <button type="button" onClick={() => void load(messages?.at(-1)?.seq)}>
            {words.showMore}
          </button>
        </p>
      )}
    </Dialog>
  );
}

/** The data to show a file that is on the server. */
function shownFile(file: FileInfo): ShownFile {
  const kind = kindOf(file, file.preview !== undefined);
  return { ...file, key: file.id, kind };
}
