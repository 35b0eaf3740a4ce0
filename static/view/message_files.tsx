import { Download, File, ImageOff } from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  fileAddress,
  type FileKind,
  kindOf,
  type KnownFile,
  shownSize,
  sizeWords,
  typeWord,
  videoStyle,
} from "../state/files/file_kind.ts";
import type { Row } from "../state/rows.ts";
import { useApp, useStrings } from "./context.ts";

/** A file as it is shown in the log: on the server, or on its way there. */
export interface ShownFile extends KnownFile {
  readonly key: string;
  readonly kind: FileKind;
  /** The id on the server. */
  readonly id?: string;
  /** The address of what is shown of a picture, a video or a sound. */
  readonly source?: string;
  /** The part of it that is on the server, from 0 to 1; absent if all of it is. */
  readonly sent?: number;
}

/** The files of a message: pictures first, then what is played, then the others. */
export function MessageFiles({ row }: { row: Row }): JSX.Element | null {
  const files = useShownFiles(row);
  const strings = useStrings();
  if (files.length === 0) return null;
  const pictures = files.filter(({ kind }) => kind === "picture");
  const [only] = pictures;
  return (
    <div class="files" role="group" aria-label={strings.filesCount(files.length)}>
      {pictures.length === 1 && only && <Picture file={only} row={row} isAlone />}
      {pictures.length > 1 && (
        <div class={`picture-grid ${pictures.length % 3 === 0 ? "three" : "two"}`}>
          {pictures.map((file) => <Picture key={file.key} file={file} row={row} />)}
        </div>
      )}
      {files.filter(({ kind }) => kind === "video" || kind === "audio").map((file) => (
        <Player key={file.key} file={file} />
      ))}
      {files.filter(({ kind }) => kind === "file").map((file) => (
        <FileCard key={file.key} file={file} />
      ))}
    </div>
  );
}

function useShownFiles({ message, pending }: Row): ShownFile[] {
  const { chat } = useApp();
  const { files } = chat;
  const pictures = files.pictures.value;
  if (pending === undefined) {
    return (message.files ?? []).map((file) => {
      const preview = file.preview && { id: file.preview, name: `preview-${file.name}` };
      const kind = kindOf(file, preview !== undefined);
      // One's own is here already.
      const source = kind === "picture" ? pictures.get(file.id) : undefined;
      return { ...file, key: file.id, kind, source: source ?? fileAddress(preview || file) };
    });
  }
  const sent = files.sent.value;
  return files.list.value.filter(({ key }) => pending.files.includes(key)).map((file) => {
    const { key, name, type, size, width, height } = file;
    const source = pictures.get(key);
    return {
      ...{ key, name, type, size, ...(width && height && { width, height }) },
      // Video and audio are shown as a file card until they are uploaded.
      kind: source !== undefined && width !== undefined ? "picture" : "file",
      ...(source !== undefined && { source }),
      sent: file.id === undefined ? Math.min(1, (sent.get(key) ?? 0) / size) : 1,
    };
  });
}

function Picture(
  { file, row, isAlone = false }: { file: ShownFile; row: Row; isAlone?: boolean },
): JSX.Element {
  const { chat, dialog, viewing } = useApp();
  const strings = useStrings();
  const { name, source, sent, id } = file;
  const [isBroken, setBroken] = useState(false);
  const { kind: connection } = chat.connection.state.value;
  // It may have been the connection.
  useEffect(() => setBroken(false), [source, connection]);
  const size = shownSize(file);
  return (
    <button
      type="button"
      class={`picture ${isBroken ? "broken" : ""}`}
      tabIndex={-1}
      aria-disabled={id === undefined}
      onClick={() => {
        if (id === undefined) return;
        viewing.value = { room: row.message.room, seq: row.message.seq, id };
        dialog.value = "picture";
      }}
    >
      {isBroken
        ? (
          <span class="picture-gone" style={isAlone ? { width: `${size.width}px` } : undefined}>
            <ImageOff aria-hidden="true" />
            <span>{strings.pictureGone}</span>
          </span>
        )
        : (
          <img
            src={source}
            alt={strings.pictureNamed(name)}
            title={name}
            loading="lazy"
            decoding="async"
            draggable={false}
            {...size}
            // Of a very narrow one only a part is shown: its own shape must not change its place.
            style={{ aspectRatio: `${size.width} / ${size.height}` }}
            onError={() => setBroken(true)}
          />
        )}
      {isOnItsWay(sent, connection) && <Progress name={name} sent={sent} />}
    </button>
  );
}

/** Whether to show how much of a file is on the server: not while nothing moves. */
function isOnItsWay(sent: number | undefined, connection: string): sent is number {
  return sent !== undefined && sent < 1 && connection === "open";
}

/** The progress of an upload. */
export function Progress({ name, sent }: { name: string; sent: number }): JSX.Element {
  const strings = useStrings();
  return <progress max={1} value={sent} aria-label={strings.uploading(name)} />;
}

function Player({ file }: { file: ShownFile }): JSX.Element {
  const strings = useStrings();
  const { name, source, kind } = file;
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <FileCard file={file} />;
  return (
    <div class={`player ${kind}`} style={kind === "video" ? videoStyle(file) : undefined}>
      {kind === "video"
        ? (
          <video
            src={source}
            controls
            playsInline
            preload="metadata"
            aria-label={strings.videoNamed(name)}
            onError={() => setBroken(true)}
          />
        )
        : (
          <>
            <FileCard file={file} />
            <audio
              src={source}
              controls
              preload="none"
              aria-label={strings.soundNamed(name)}
              onError={() => setBroken(true)}
            />
          </>
        )}
    </div>
  );
}

/**
 * A file's name, type and size; a press downloads it.
 *
 * @param isTabStop Whether the Tab key reaches it; in the log, the arrow keys do.
 * @param more What else is said of it.
 */
export function FileCard(
  { file, isTabStop = false, more = "" }: { file: ShownFile; isTabStop?: boolean; more?: string },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const { name, size, sent, id } = file;
  const locale = settings.locale.value;
  const words = [typeWord(file), sizeWords(size, locale), more].filter(Boolean).join(" · ");
  const about = (
    <>
      <File aria-hidden="true" />
      <span class="file-about">
        <bdi class="file-name" title={name}>{name}</bdi>
        {isOnItsWay(sent, chat.connection.state.value.kind)
          ? <Progress name={name} sent={sent} />
          : <span class="file-type">{words}</span>}
      </span>
    </>
  );
  if (id === undefined) return <span class="file-card">{about}</span>;
  return (
    <a
      class="file-card"
      href={fileAddress({ id, name })}
      download={name}
      tabIndex={isTabStop ? 0 : -1}
    >
      <span class="unseen">{strings.download}</span>
      {about}
      <Download class="file-download" aria-hidden="true" />
    </a>
  );
}
