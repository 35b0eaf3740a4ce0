import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { Accounts } from "../accounts.ts";
import { FileRoutes } from "./file_routes.ts";
import { newUpload, pieces, randomBytes } from "../../testing/uploads.ts";
import { openBackend } from "../backend.ts";
import type { Peer } from "../peer.ts";

const PEER: Peer = { address: "192.0.2.1", scheme: undefined };
const LARGE = 4 * 1024 * 1024;

Deno.test("FileRoutes ends a download when what proved its reader does no more", async (t) => {
  await using backend = await openBackend({
    data: { path: ":memory:", sync: "normal" },
    keepDays: 0,
  });
  await using _messages = backend.messages;
  const { contents, files: records, people } = backend;
  const ended = () => {};
  const accounts = new Accounts({ backend, log() {}, onLogout: ended, onSessionsEnded: ended });
  const options = { accounts, contents, records, maxFile: LARGE, log() {}, advise() {} };
  await using routes = new FileRoutes(options);
  const login = new Request("http://chat.example/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "ann", secret: "s" }),
  });
  const cookie = (await accounts.login(login, PEER)).headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const authorization = `Basic ${btoa("ann:s")}`;
  const known = await people.recognize({ basic: { user: "ann", password: "s" } });
  assert(known.ok);
  const { person } = known;
  const upload = { ...newUpload(LARGE), person };
  await contents.begin(upload);
  await contents.append(upload.id, 0, pieces(randomBytes(LARGE)));
  const { type: mime, sha256 } = await contents.finish(upload.id);
  const { id, name } = upload;
  assertEquals(await records.add({ id, person, name, size: LARGE, mime, sha256 }), undefined);
  const path = `/files/${id}/${name}`;
  const proofs: readonly HeadersInit[] = [{ cookie }, { authorization }];
  for (const headers of proofs) {
    await t.step(Object.keys(headers).join(), async () => {
      const request = new Request(`http://chat.example${path}`, { headers });
      const { status, body } = await routes.answer(request, path, PEER);
      assertEquals(status, 200);
      const reader = body?.getReader();
      await reader?.read();
      if ("cookie" in headers) {
        const logout = new Request("http://chat.example/logout", { method: "POST", headers });
        await accounts.logout(logout, PEER);
      } else {
        const again = await people.login({ name: "ann", secret: "s" });
        assert(again.ok);
        await people.logout(again.token, { everywhere: true });
      }
      await assertRejects(
        async () => {
          while (!(await reader?.read())?.done);
        },
        Error,
        "its reader may not read it any more",
      );
    });
  }
});
