/// <reference lib="dom" />
import "../shared.ts";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { PICTURE_PIXELS } from "../../../protocol/pictures.ts";
import { ACCOUNT_STRINGS } from "../../account_strings.ts";
import { Crop, MOST_ZOOM } from "../../state/crop.ts";
import { useApp, useStrings } from "../context.ts";
import { drawCrop } from "./encode_picture.ts";

/** An arrow key moves the picture by this part of the square. */
const STEP = 0.05;
/** The keys + and - make it so much larger or smaller. */
const FACTOR = 1.2;

/** Chooses the square part of a picture that is kept, with the mouse, fingers or the keyboard. */
export function CropPicture(
  { image, onUse, onCancel }: {
    image: ImageBitmap;
    onUse: (crop: Crop) => void;
    onCancel: () => void;
  },
): JSX.Element {
  const { settings } = useApp();
  const strings = useStrings();
  const words = ACCOUNT_STRINGS[settings.spoken.value].crop;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [crop, setCrop] = useState(() => Crop.of(image));
  /** The last position of each finger. */
  const fingers = useRef(new Map<number, { x: number; y: number }>());

  useEffect(() => canvas.current?.focus(), []);
  useEffect(() => {
    if (canvas.current) drawCrop(canvas.current, image, crop);
  }, [crop]);
  useEffect(() => {
    // Preact's own listener could not keep the dialog from scrolling.
    function onWheel(event: WheelEvent): void {
      event.preventDefault();
      setCrop((crop) => crop.zoomed(crop.zoom * Math.exp(-event.deltaY / 300)));
    }
    const { current } = canvas;
    current?.addEventListener("wheel", onWheel, { passive: false });
    return () => current?.removeEventListener("wheel", onWheel);
  }, []);

  function onKeyDown(event: KeyboardEvent): void {
    const { key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (key === "ArrowLeft") setCrop(crop.moved(STEP, 0));
    else if (key === "ArrowRight") setCrop(crop.moved(-STEP, 0));
    else if (key === "ArrowUp") setCrop(crop.moved(0, STEP));
    else if (key === "ArrowDown") setCrop(crop.moved(0, -STEP));
    else if (key === "+" || key === "=") setCrop(crop.zoomed(crop.zoom * FACTOR));
    else if (key === "-") setCrop(crop.zoomed(crop.zoom / FACTOR));
    else if (key === "Enter") onUse(crop);
    else return;
    event.preventDefault();
  }

  function onPointerMove({ pointerId, clientX: x, clientY: y }: PointerEvent): void {
    const before = fingers.current.get(pointerId);
    if (!before) return;
    const other = [...fingers.current].find(([id]) => id !== pointerId)?.[1];
    fingers.current.set(pointerId, { x, y });
    // Of two fingers each moves the middle by half.
    const size = (canvas.current?.clientWidth || PICTURE_PIXELS) * (other ? 2 : 1);
    const far = (from: { x: number; y: number }) =>
      other ? Math.max(1, Math.hypot(from.x - other.x, from.y - other.y)) : 1;
    setCrop((crop) =>
      crop.zoomed(crop.zoom * far({ x, y }) / far(before))
        .moved((x - before.x) / size, (y - before.y) / size)
    );
  }
  const lift = ({ pointerId }: PointerEvent) => void fingers.current.delete(pointerId);

  return (
    <div class="crop" role="group" aria-label={words.title}>
      <canvas
        ref={canvas}
        width={PICTURE_PIXELS}
        height={PICTURE_PIXELS}
        // The arrow keys are its own, also for those who have the page read to them.
        role="application"
        tabIndex={0}
        aria-label={words.part}
        onKeyDown={onKeyDown}
        onPointerDown={({ button, pointerId, clientX: x, clientY: y }) => {
          if (button !== 0) return;
          canvas.current?.setPointerCapture(pointerId);
          fingers.current.set(pointerId, { x, y });
        }}
        onPointerMove={onPointerMove}
        onPointerUp={lift}
        onPointerCancel={lift}
      />
      <label>
        {words.zoom}
        <input
          type="range"
          min={1}
          max={MOST_ZOOM}
          step={0.1}
          value={crop.zoom}
          onInput={({ currentTarget }) => setCrop(crop.zoomed(Number(currentTarget.value)))}
        />
      </label>
      <p class="actions">
        <button type="button" class="primary" onClick={() => onUse(crop)}>{words.use}</button>
        <button type="button" onClick={onCancel}>{strings.cancel}</button>
      </p>
    </div>
  );
}
