import { ImagePlus, Trash2 } from "lucide-preact";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { ACCOUNT_STRINGS } from "../../account_strings.ts";
import { errorWords } from "../../strings.ts";
import { useApp, useStrings } from "../context.ts";
import type { Crop } from "../../state/crop.ts";
import type { CropPicture as CropPictureType } from "./crop_picture.tsx";
import { LoadFailed } from "../lazy.tsx";
import { decodePicture, encodePicture } from "./encode_picture.ts";

/** The result of the last change. */
type Outcome = "busy" | "done" | "noPicture" | "notLoaded" | { readonly code: string };

/** Chooses or removes one's own picture or, for admins, the chat's icon. */
export function PictureForm(
  { kind, current }: { kind: "picture" | "icon"; current: string | undefined },
): JSX.Element {
  const { chat, settings } = useApp();
  const strings = useStrings();
  const words = ACCOUNT_STRINGS[settings.spoken.value];
  const field = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Outcome | undefined>();
  const [cropping, setCropping] = useState<
    | { readonly image: ImageBitmap; readonly CropPicture: typeof CropPictureType }
    | undefined
  >();
  const button = useRef<HTMLButtonElement>(null);
  const isBusy = outcome === "busy";

  async function change(data: string | undefined): Promise<void> {
    const answer = await chat.requests.ask({ type: kind, ...(data !== undefined && { data }) });
    setOutcome(answer.ok ? "done" : { code: answer.code });
  }

  async function choose(file: File): Promise<void> {
    setOutcome("busy");
    const [image, part] = await Promise.all([
      decodePicture(file),
      import("./crop_picture.tsx").catch(() => undefined),
    ]);
    setOutcome(image === undefined ? "noPicture" : part ? undefined : "notLoaded");
    if (part === undefined) image?.close();
    close(image && part && { image, CropPicture: part.CropPicture });
  }

  /** Shows another picture, or none, to choose a part of. */
  function close(next?: typeof cropping): void {
    cropping?.image.close();
    setCropping(next);
    if (next === undefined) button.current?.focus();
  }

  async function use(image: ImageBitmap, crop: Crop): Promise<void> {
    setOutcome("busy");
    const data = await encodePicture(image, crop);
    close();
    if (data === undefined) setOutcome("noPicture");
    else await change(data);
  }

  const { choose: chooseWords, remove } = words.pictures[kind];
  return (
    <div class="picture-form">
      <p class="actions">
        <button
          ref={button}
          type="button"
          aria-disabled={isBusy}
          onClick={() => !isBusy && field.current?.click()}
        >
          <ImagePlus aria-hidden="true" />
          {chooseWords}
        </button>
        {current !== undefined && (
          <button
            type="button"
            aria-disabled={isBusy}
            onClick={() => !isBusy && void change(undefined)}
          >
            <Trash2 aria-hidden="true" />
            {remove}
          </button>
        )}
      </p>
      {/* The button opens it. */}
      <input
        ref={field}
        type="file"
        accept="image/*"
        hidden
        aria-label={chooseWords}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same one may be chosen again.
          currentTarget.value = "";
          if (file) void choose(file);
        }}
      />
      {cropping && (
        <cropping.CropPicture
          // Another picture begins anew.
          key={cropping.image}
          image={cropping.image}
          onUse={(crop) => void use(cropping.image, crop)}
          onCancel={() => close()}
        />
      )}
      <p class="problem" role="alert">
        {outcome === "noPicture" && words.noPicture}
        {typeof outcome === "object" && errorWords(strings, outcome.code)}
      </p>
      {outcome === "notLoaded" && <LoadFailed />}
      <p class="saved" role="status">{outcome === "done" && words.pictureSaved}</p>
    </div>
  );
}
