import {
  ChevronLeft,
  ChevronRight,
  Download,
  ImageOff,
  MessageSquareText,
  X,
  ZoomIn,
  ZoomOut,
} from "lucide-preact";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FileInfo, Message } from "../../../protocol/mod.ts";
import { fileAddress, kindOf, sizeWords } from "../../state/files/file_kind.ts";
import { Zoom } from "../../state/files/zoom.ts";
import { visit } from "../address.ts";
import { type App, useApp, useStrings, type ViewedPicture } from "../context.ts";
import { Dialog } from "../dialog.tsx";
import { IconButton } from "../icon_button.tsx";
import { shownName } from "../names.ts";
import { momentOf } from "../times.ts";
import { useFileWords } from "./words.ts";

/** The pictures of messages, in their order; not those of people whom this person ignores. */
export function picturesOf({ chat }: App, messages: readonly Message[]): ViewedPicture[] {
  return messages.filter(({ user }) => !chat.ignoring.hides(user.id)).flatMap((message) =>
    (message.files ?? []).filter((file) => kindOf(file, file.preview !== undefined) === "picture")
      .map((file) => ({ message, file }))
  );
}

/** Whether a message is deleted now, as far as that is known here. */
function isDeleted({ chat }: App, message: Message): boolean {
  const now = chat.room(message.room)?.messageAt(message.seq);
  return now !== undefined && chat.actions.shown(now).message.deleted !== undefined;
}

/** A finger that has moved so far across, in px, turns to another picture. */
const SWIPE = 60;
/** A pointer that has moved so far, in px, does not press. */
const STILL = 6;

/** The pictures of a room, one at a time. */
export function PictureDialog({ onClose }: { onClose: () => void }): JSX.Element | null {
  const app = useApp();
  const { chat, settings, toast, viewing } = app;
  const strings = useStrings();
  const words = useFileWords();
  const [first] = useState(() => viewing.peek());
  const room = chat.room(first?.room ?? "");
  const [all] = useState(() => first?.pictures ?? picturesOf(app, room?.shown.messages ?? []));
  const [shown, setShown] = useState(() =>
    all.find(({ message, file }) => message.seq === first?.seq && file.id === first.id)
  );
  // Read, so that it is drawn again when messages change.
  room?.revision.value;
  const pictures = all.filter(({ message }) => !isDeleted(app, message));
  const index = shown ? pictures.indexOf(shown) : -1;
  const isGone = index < 0;
  useEffect(() => {
    if (!isGone) return;
    onClose();
    toast.value = { text: strings.errors.no_message };
  }, [isGone]);
  if (!shown || isGone) return null;
  const { message, file } = shown;
  const locale = settings.timeLocale;

  function turn(by: number): void {
    setShown(pictures[Math.max(0, Math.min(pictures.length - 1, index + by))]);
  }

  return (
    <Dialog class="viewer" label={words.viewer} onClose={onClose}>
      <div class="viewer-parts">
        <header>
          <div class="viewer-about" aria-live="polite">
            <bdi class="viewer-name" title={file.name}>{file.name}</bdi>
            <span class="viewer-facts">
              {[
                shownName(app, message.user),
                momentOf(message.at, locale),
                sizeWords(file.size, settings.locale.value),
                ...pictures.length > 1 ? [words.placeOf(index + 1, pictures.length)] : [],
              ].join(" · ")}
            </span>
          </div>
          <IconButton
            label={words.showInRoom}
            onClick={() => {
              onClose();
              // When the dialog has given back the focus.
              setTimeout(() => visit(`#/${message.room}/${message.seq}`));
            }}
          >
            <MessageSquareText aria-hidden="true" />
          </IconButton>
          <a
            class="icon-link"
            href={fileAddress(file)}
            download={file.name}
            aria-label={strings.download}
            title={strings.download}
          >
            <Download aria-hidden="true" />
          </a>
          <IconButton label={strings.close} onClick={onClose}>
            <X aria-hidden="true" />
          </IconButton>
        </header>
        <Stage key={file.id} file={file} turn={turn} />
        {index > 0 && (
          <IconButton
            class="turn before"
            label={words.previous}
            onClick={() => turn(-1)}
          >
            <ChevronLeft aria-hidden="true" />
          </IconButton>
        )}
        {index < pictures.length - 1 && (
          <IconButton
            class="turn after"
            label={words.next}
            onClick={() => turn(1)}
          >
            <ChevronRight aria-hidden="true" />
          </IconButton>
        )}
      </div>
    </Dialog>
  );
}

/** One picture, which can be made larger and moved. */
function Stage({ file, turn }: { file: FileInfo; turn: (by: number) => void }): JSX.Element {
  const { chat } = useApp();
  const strings = useStrings();
  const words = useFileWords();
  const stage = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(Zoom.NONE);
  const [isBroken, setBroken] = useState(false);
  const [isLoaded, setLoaded] = useState(false);
  /** The last position of each finger, and the start of the first one. */
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const start = useRef<{ x: number; y: number } | undefined>(undefined);
  const { width = 1, height = 1, preview } = file;
  const own = chat.files.pictures.peek().get(file.id);

  function fromMiddle({ clientX, clientY }: MouseEvent): { x: number; y: number } {
    const { left, top, width, height } = stage.current?.getBoundingClientRect() ?? new DOMRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  /** Keeps the picture within reach. */
  function change(to: Zoom): void {
    const { clientWidth = 0, clientHeight = 0 } = stage.current ?? {};
    setZoom(to.within({ width: clientWidth, height: clientHeight }, { width, height }));
  }
  const latest = useRef({ zoom, change, turn });
  latest.current = { zoom, change, turn };

  // At once, so that no key is lost that follows the one which turned to this picture.
  useLayoutEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const { zoom, change, turn } = latest.current;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const { key } = event;
      const isLarge = zoom.scale > 1;
      if (key === "+" || key === "=") change(zoom.by(1.5));
      else if (key === "-") change(zoom.by(1 / 1.5));
      else if (key === "0") change(Zoom.NONE);
      else if (key === "ArrowLeft") isLarge ? change(zoom.moved(80, 0)) : turn(-1);
      else if (key === "ArrowRight") isLarge ? change(zoom.moved(-80, 0)) : turn(1);
      else if (key === "ArrowUp" && isLarge) change(zoom.moved(0, 80));
      else if (key === "ArrowDown" && isLarge) change(zoom.moved(0, -80));
      else if (key === "PageUp") turn(-1);
      else if (key === "PageDown") turn(1);
      else return;
      event.preventDefault();
    }
    const { current } = stage;
    const dialog = current?.closest("dialog");
    dialog?.addEventListener("keydown", onKeyDown);
    // Preact's own listener could not keep the page from scrolling.
    function onWheel(event: WheelEvent): void {
      event.preventDefault();
      const { zoom, change } = latest.current;
      change(zoom.by(Math.exp(-event.deltaY / 300), fromMiddle(event)));
    }
    current?.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      dialog?.removeEventListener("keydown", onKeyDown);
      current?.removeEventListener("wheel", onWheel);
    };
  }, []);

  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    stage.current?.setPointerCapture(event.pointerId);
    if (fingers.current.size === 0) start.current = fromMiddle(event);
    fingers.current.set(event.pointerId, fromMiddle(event));
  }

  function onPointerMove(event: PointerEvent): void {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = fromMiddle(event);
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, now);
    if (other) {
      start.current = undefined;
      const [far, wasFar] = [distance(now, other), Math.max(1, distance(before, other))];
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      change(zoom.by(far / wasFar, middle).moved((now.x - before.x) / 2, (now.y - before.y) / 2));
    } else if (zoom.scale > 1) change(zoom.moved(now.x - before.x, now.y - before.y));
  }

  function onPointerUp(event: PointerEvent): void {
    fingers.current.delete(event.pointerId);
    const { current: from } = start;
    if (!from || fingers.current.size > 0) return;
    start.current = undefined;
    const { x, y } = fromMiddle(event);
    const [across, down] = [x - from.x, y - from.y];
    if (zoom.scale > 1 || Math.abs(across) < SWIPE || Math.abs(down) > Math.abs(across)) return;
    if (Math.hypot(across, down) > STILL) turn(across > 0 ? -1 : 1);
  }

  const style = { maxWidth: `${width}px`, maxHeight: `${height}px` };
  return (
    <div
      ref={stage}
      class={`stage ${zoom.scale > 1 ? "large" : ""}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={({ pointerId }) => fingers.current.delete(pointerId)}
      onDblClick={(event) => change(zoom.scale > 1 ? Zoom.NONE : zoom.by(2.5, fromMiddle(event)))}
    >
      <div class="stage-picture" style={{ transform: zoom.transform }}>
        {isBroken
          ? (
            <p class="picture-gone">
              <ImageOff aria-hidden="true" />
              <span>{strings.pictureGone}</span>
            </p>
          )
          : (
            <>
              {!isLoaded && (own !== undefined || preview !== undefined) && (
                <img
                  class="under"
                  src={own ?? fileAddress({ id: preview ?? "", name: `preview-${file.name}` })}
                  alt=""
                  draggable={false}
                  style={style}
                />
              )}
              <img
                src={fileAddress(file)}
                alt={strings.pictureNamed(file.name)}
                draggable={false}
                style={style}
                onLoad={() => setLoaded(true)}
                onError={() => setBroken(true)}
              />
            </>
          )}
      </div>
      <div class="zoom-buttons" onPointerDown={(event) => event.stopPropagation()}>
        <IconButton
          label={words.zoomOut}
          aria-disabled={zoom.scale <= 1}
          onClick={() => change(zoom.by(1 / 1.5))}
        >
          <ZoomOut aria-hidden="true" />
        </IconButton>
        <IconButton
          label={words.zoomIn}
          aria-disabled={zoom.isMost}
          onClick={() => change(zoom.by(1.5))}
        >
          <ZoomIn aria-hidden="true" />
        </IconButton>
      </div>
    </div>
  );
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
