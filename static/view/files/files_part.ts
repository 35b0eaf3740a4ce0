/// <reference lib="dom" />
import "../shared.ts";
import { alone } from "../../state/files/alone.ts";
import { openContents } from "../../state/files/contents.ts";
import { prepare } from "../../state/files/prepare.ts";
import { tusTransport } from "../../state/files/tus_transport.ts";
import type { MakeFileSender } from "../../state/files/file_sender.ts";
import { OwnUploads } from "../../state/files/own_uploads.ts";

export { dragEnd, dragOver as dragover, drop, DropZone, paste } from "./drop_zone.tsx";
export { Tray } from "./tray.tsx";

/**
 * Makes what keeps and uploads files.
 *
 * @param base the page's address
 */
export function uploaderOf(base: string): MakeFileSender {
  return (host) => {
    addEventListener("beforeunload", (event) => {
      // Files that can't be kept would be lost: the browser asks whether to leave.
      const isLost = host.list().some(({ passing, id }) => passing && id === undefined);
      if (isLost) event.preventDefault();
    });
    return new OwnUploads(host, {
      contents: openContents(),
      transport: tusTransport(new URL("files", base).href),
      prepare,
      alone: (key, signal, act) => alone(`file.${key}`, signal, act),
    });
  };
}
