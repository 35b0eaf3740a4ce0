import { useSignal } from "@preact/signals";
import { CircleAlert, File, GripVertical, RotateCw, X } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FileStrings } from "../../file_strings.ts";
import type { OwnFile } from "../../state/files/own_file.ts";
import { mayRetry } from "../../state/files/own_files.ts";
import { sizeWords } from "../../state/files/file_kind.ts";
import type { Room } from "../../state/room.ts";
import { errorWords } from "../../strings.ts";
import { useApp } from "../context.ts";
import { IconButton } from "../icon_button.tsx";
import { Progress } from "../message_files.tsx";
import { useFileWords } from "./words.ts";

/** The files that will be sent with the next message: they are uploaded already. */
export function Tray({ room }: { room: Room }): JSX.Element {
  const { chat } = useApp();
  const words = useFileWords();
  const list = useRef<HTMLUListElement>(null);
  const dragged = useSignal<string | undefined>(undefined);
  const files = chat.files.inTray(room.name);
  const isPassing = chat.files.list.value.some(({ passing, id }) => passing && id === undefined);

  /** Moves the file that is dragged to where the pointer is. */
  function onPointerMove({ clientX, clientY }: PointerEvent): void {
    const key = dragged.peek();
    if (key === undefined || !list.current) return;
    const items = [...list.current.children];
    const from = files.findIndex((each) => each.key === key);
    const over = items.findIndex((item) => {
      const { left, right, top, bottom } = item.getBoundingClientRect();
      return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
    });
    if (over === -1 || over === from) return;
    chat.files.move(key, over - from);
  }

  return (
    <section class="tray" aria-label={words.tray}>
      <ul
        ref={list}
        onPointerMove={onPointerMove}
        onPointerUp={() => dragged.value = undefined}
        onPointerCancel={() => dragged.value = undefined}
      >
        {files.map((file, index) => (
          <TrayItem
            key={file.key}
            file={file}
            place={index + 1}
            count={files.length}
            isDragged={dragged.value === file.key}
            onDrag={() => dragged.value = file.key}
          />
        ))}
      </ul>
      {isPassing && <p class="hint" role="status">{words.passing}</p>}
    </section>
  );
}

function TrayItem(
  { file, place, count, isDragged, onDrag }: {
    file: OwnFile;
    place: number;
    count: number;
    isDragged: boolean;
    onDrag: () => void;
  },
): JSX.Element {
  const app = useApp();
  const { chat, settings, spoken, focusComposer } = app;
  const words = useFileWords();
  const { key, name, size, failed, id } = file;
  const item = useRef<HTMLLIElement>(null);
  // An error that keeps a message from being sent must be visible.
  useEffect(() => {
    if (failed !== undefined) item.current?.scrollIntoView({ block: "nearest" });
  }, [failed]);
  const sent = Math.min(1, (chat.files.sent.value.get(key) ?? 0) / size);
  const locale = settings.locale.value;

  function onKeyDown(event: KeyboardEvent): void {
    const by = event.key === "ArrowLeft" || event.key === "ArrowUp"
      ? -1
      : event.key === "ArrowRight" || event.key === "ArrowDown"
      ? 1
      : 0;
    if (by === 0) return;
    event.preventDefault();
    const { currentTarget } = event;
    chat.files.move(key, by);
    const to = Math.max(1, Math.min(count, place + by));
    spoken.value = words.movedTo(name, to, count);
    // The element may be put elsewhere, and loses the focus then.
    if (currentTarget instanceof HTMLElement) requestAnimationFrame(() => currentTarget.focus());
  }

  return (
    <li
      ref={item}
      class={`tray-item ${failed === undefined ? "" : "bad"} ${isDragged ? "dragged" : ""}`}
    >
      {count > 1 && (
        <IconButton
          class="grip"
          label={words.moveFile(name)}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            // The list takes the moves, wherever the button is meanwhile.
            if (event.target instanceof Element) {
              event.target.releasePointerCapture(event.pointerId);
            }
            onDrag();
          }}
        >
          <GripVertical aria-hidden="true" />
        </IconButton>
      )}
      <Thumbnail file={file} />
      <div class="file-about">
        <bdi class="file-name" title={name}>{name}</bdi>
        {failed !== undefined
          ? <span class="problem" role="alert">{problemWords(app, words, failed)}</span>
          : id !== undefined
          ? <span class="file-type">{sizeWords(size, locale)}</span>
          : chat.connection.state.value.kind === "open"
          ? (
            <>
              <span class="file-type">
                {words.sentOf(sizeWords(size * sent, locale), sizeWords(size, locale))}
                {chat.files.stalled.value.has(key) && ` · ${words.stalled}`}
              </span>
              <Progress name={name} sent={sent} />
            </>
          )
          : <span class="file-type">{sizeWords(size, locale)} · {words.offline}</span>}
      </div>
      {failed !== undefined && mayRetry(failed) && (
        <IconButton
          label={words.retryFile(name)}
          onClick={() => {
            chat.files.retry(key);
            focusComposer();
          }}
        >
          <RotateCw aria-hidden="true" />
        </IconButton>
      )}
      <IconButton
        label={id === undefined && failed === undefined
          ? words.cancelFile(name)
          : words.removeFile(name)}
        onClick={() => {
          chat.files.remove(key);
          focusComposer();
        }}
      >
        <X aria-hidden="true" />
      </IconButton>
    </li>
  );
}

function Thumbnail({ file: { key, failed } }: { file: OwnFile }): JSX.Element {
  const { chat } = useApp();
  const picture = chat.files.pictures.value.get(key);
  if (failed !== undefined) {
    return (
      <span class="thumbnail">
        <CircleAlert aria-hidden="true" />
      </span>
    );
  }
  if (picture === undefined) {
    return (
      <span class="thumbnail">
        <File aria-hidden="true" />
      </span>
    );
  }
  return <img class="thumbnail" src={picture} alt="" draggable={false} />;
}

function problemWords(
  { chat, settings }: ReturnType<typeof useApp>,
  words: FileStrings,
  failed: string,
): string {
  const most = chat.limits.value?.file ?? 0;
  if (failed === "file_too_large" && most > 0) {
    return words.tooLarge(sizeWords(most, settings.locale.value));
  }
  return errorWords(settings.strings.value, failed);
}
