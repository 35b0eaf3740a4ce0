import { X } from "lucide-preact";
import type { JSX } from "preact";
import type { LinkPreview, Message } from "../../protocol/mod.ts";
import { safeHref } from "../../protocol/text_links.ts";
import { fileAddress, shownSize } from "../state/files/file_kind.ts";
import { useApp, useStrings } from "./context.ts";
import { IconButton } from "./icon_button.tsx";
import { messageRights } from "./message_actions.tsx";

/** The previews of a message's links, as the server has read them. */
export function Previews({ message }: { message: Message }): JSX.Element | null {
  const app = useApp();
  const { chat } = app;
  const strings = useStrings();
  const { previews = [], room, seq } = message;
  if (previews.length === 0) return null;
  const { removePreviews } = messageRights(app, chat.active.value, message);
  return (
    <ul class="previews" aria-label={strings.previews}>
      {previews.map((preview, i) => (
        <li key={preview.url} class="preview">
          <Card preview={preview} />
          {/* By keyboard, it is in the menu of the message. */}
          {i === 0 && removePreviews && (
            <IconButton
              label={strings.removePreviews}
              tabIndex={-1}
              onClick={() => void chat.requests.ask({ type: "remove_previews", room, seq })}
            >
              <X aria-hidden="true" />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  );
}

function Card({ preview }: { preview: LinkPreview }): JSX.Element | null {
  const { url, title, description, site, picture } = preview;
  const href = safeHref(url);
  if (href === undefined) return null;
  const { hostname } = new URL(href);
  const size = picture && shownSize(picture);
  return (
    // The link in the text is the keyboard's way.
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1}>
      {/* A site may call itself anything: its host says where the link leads. */}
      <span class="preview-site">
        {site !== undefined && <bdi>{site}</bdi>}
        <bdi>{hostname}</bdi>
      </span>
      <span class="preview-title" dir="auto">{title}</span>
      {description !== undefined && (
        <span class="preview-description" dir="auto">{description}</span>
      )}
      {picture && size && (
        <img
          class="preview-picture"
          src={fileAddress({ id: picture.id, name: "preview" })}
          alt=""
          loading="lazy"
          decoding="async"
          {...size}
          // Of a very narrow one only a part is shown.
          style={{ aspectRatio: `${size.width} / ${size.height}` }}
          onError={({ currentTarget }) => currentTarget.hidden = true}
        />
      )}
    </a>
  );
}
