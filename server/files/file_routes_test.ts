import { assert, assertEquals, assertRejects } from "../../testing/assert.ts";
import { Accounts } from "../accounts.ts";
import { FileRoutes } from "./file_routes.ts";
import { newUpload, pieces, randomBytes } from "../../testing/uploads.ts";
import { openBackend } from "../backend.ts";
import type { Peer } from "../peer.ts";

const PEER: Peer = { address: "192.0.2.1", scheme: undefined };
const LARGE = 4 * 1024 * 1024;

/** Routes on data in memory, and the cookie of a person `ann`, whose secret is `s`. */
async function openRoutes() {
  await using opening = new AsyncDisposableStack();
  const backend = opening.use(
    await openBackend({ data: { path: ":memory:", sync: "normal" }, keepDays: 0 }),
  );
  opening.use(backend.messages);
  const { contents, files: records } = backend;
  const ended = () => {};
  const accounts = new Accounts({ backend, log() {}, onLogout: ended, onSessionsEnded: ended });
  const options = { accounts, contents, records, maxFile: LARGE, log() {}, advise() {} };
  const routes = opening.use(new FileRoutes(options));
  const open = opening.move();
  const login = async () => {
    const request = new Request("http://chat.example/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "ann", secret: "s" }),
    });
    const answer = await accounts.login(request, PEER);
    return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  };
  const logout = async (cookie: string) => {
    const headers = { cookie };
    await accounts.logout(
      new Request("http://chat.example/logout", { method: "POST", headers }),
      PEER,
    );
  };
  return {
    ...{ backend, routes, login, logout },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** A file of ann's; returns its path. */
async function addFile({ backend }: Awaited<ReturnType<typeof openRoutes>>, size: number) {
  const { contents, files: records, people } = backend;
  const known = await people.recognize({ basic: { user: "ann", password: "s" } });
  assert(known.ok);
  const { person } = known;
  const upload = { ...newUpload(size), person };
  await contents.begin(upload);
  await contents.append(upload.id, 0, pieces(randomBytes(size)));
  const { type: mime, sha256 } = await contents.finish(upload.id);
  const { id, name } = upload;
  assertEquals(await records.add({ id, person, name, size, mime, sha256 }, ""), undefined);
  return `/files/${id}/${name}`;
}

Deno.test("FileRoutes says nothing of a file whose reader is gone once it is opened", async () => {
  await using open = await openRoutes();
  const { backend: { contents }, routes, login, logout } = open;
  let cookie = await login();
  const path = await addFile(open, 1000);
  const request = (method: string, more: HeadersInit = {}) =>
    routes.answer(
      new Request(`http://chat.example${path}`, { method, headers: { cookie, ...more } }),
      ...[path, PEER] as const,
    );
  const opens = contents.open.bind(contents);
  let opened = 0;
  contents.open = async (...file) => {
    opened++;
    // As slow as NATS may be.
    await logout(cookie);
    return await opens(...file);
  };
  const tag = `"${path.split("/")[2]}"`;
  const unchanged = await request("GET", { "if-none-match": tag });
  assertEquals([unchanged.status, unchanged.headers.get("etag"), opened], [304, tag, 0]);
  for (const [method, more] of [["GET"], ["HEAD"], ["GET", { range: "bytes=2000-" }]] as const) {
    const { status } = await request(method, more);
    assertEquals([status, opened], [404, 1], method);
    [cookie, opened] = [await login(), 0];
  }
});

Deno.test("FileRoutes ends a download when what proved its reader does no more", async (t) => {
  await using open = await openRoutes();
  const { backend: { people }, routes, login, logout } = open;
  const cookie = await login();
  const authorization = `Basic ${btoa("ann:s")}`;
  const path = await addFile(open, LARGE);
  const proofs: readonly HeadersInit[] = [{ cookie }, { authorization }];
  for (const headers of proofs) {
    await t.step(Object.keys(headers).join(), async () => {
      const request = new Request(`http://chat.example${path}`, { headers });
      const { status, body } = await routes.answer(request, path, PEER);
      assertEquals(status, 200);
      const reader = body?.getReader();
      await reader?.read();
      if ("cookie" in headers) await logout(cookie);
      else {
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

Deno.test("FileRoutes ends an upload when what proved its sender does no more, and makes no file of it", async (t) => {
  await using open = await openRoutes();
  const { routes, login, logout } = open;
  const ask = async (method: string, path: string, headers: HeadersInit, body?: BodyInit) => {
    const request = new Request(`http://chat.example${path}`, {
      ...{
        method,
        headers: { "tus-resumable": "1.0.0", ...Object.fromEntries(new Headers(headers)) },
      },
      ...(body !== undefined && { body }),
    });
    return await routes.answer(request, path, PEER);
  };
  for (const size of [LARGE, 1000]) {
    await t.step(`of ${size} bytes`, async () => {
      const cookie = await login();
      const created = await ask("POST", "/files", { cookie, "upload-length": `${size}` });
      const path = created.headers.get("location") ?? "";
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const headers = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
      const appended = ask("PATCH", path, { cookie, ...headers }, readable);
      const [writer, bytes] = [writable.getWriter(), randomBytes(size)];
      await writer.write(bytes.subarray(0, 500));
      await logout(cookie);
      // A stream that nobody reads any more takes nothing.
      await writer.write(bytes.subarray(500)).then(() => writer.close()).catch(() => {});
      assertEquals((await appended).status, 401);
      assertEquals(open.backend.contents.uploads().size, 1, "it can go on");
      const again = await login();
      const head = await ask("HEAD", path, { cookie: again });
      if (size === LARGE) assert(Number(head.headers.get("upload-offset")) <= 500);
      else assertEquals(head.status, 200);
      await ask("DELETE", path, { cookie: again });
    });
  }
});
