import { serveFile } from "./downloads.ts";
import { CutAnswer } from "../responses.ts";
import { assert, assertRejects } from "../../testing/assert.ts";

const file = {
  ...{ id: "f", name: "f.bin", type: "application/octet-stream", size: 9 },
  ...{ person: "p", at: 1, content: "c" },
};

/** Downloads a file whose bytes go after the first ones. */
function download(mayRead: boolean): Promise<ArrayBuffer> {
  const content = {
    size: 9,
    read: () =>
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          controller.error(new Error("a part of it is missing"));
        },
      }),
  };
  const request = new Request("http://chat.example/files/f/f.bin");
  return serveFile({ file, content, request, mayRead: () => mayRead }).arrayBuffer();
}

Deno.test("a download of a file that was deleted meanwhile is cut, and no fault of the server", async () => {
  assert(await assertRejects(() => download(false)) instanceof CutAnswer);
  const error = await assertRejects(() => download(true), Error, "a part of it is missing");
  assert(!(error instanceof CutAnswer));
});
