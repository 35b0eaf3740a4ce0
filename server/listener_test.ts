import { Listener } from "./listener.ts";
import { readCertificate } from "./certificate.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { makeCertificate, noOpenssl } from "../testing/openssl.ts";
import { RawConnection } from "../testing/sockets.ts";
import { assertEquals, assertThrows } from "../testing/assert.ts";

const OPTIONS = { host: "127.0.0.1", port: 0, log: () => {} };

Deno.test("Listener answers 500 and logs when the handler throws, and continues", async () => {
  const events: string[] = [];
  const listener = new Listener({
    ...OPTIONS,
    handler: ({ url }) => {
      if (url.endsWith("/fault")) throw new Error("deliberate");
      return new Response("ok");
    },
    log: (event) => void events.push(event),
  });
  const url = `http://127.0.0.1:${listener.port}`;
  const fault = await fetch(`${url}/fault`);
  await fault.body?.cancel();
  assertEquals([fault.status, events], [500, ["request failed"]]);
  assertEquals(await (await fetch(url)).text(), "ok");
  await listener.close(100);
});

Deno.test("Listener throws AddrInUse when its port is in use", async () => {
  const first = new Listener({ ...OPTIONS, handler: () => new Response() });
  assertThrows(
    () => new Listener({ ...OPTIONS, port: first.port, handler: () => new Response() }),
    Deno.errors.AddrInUse,
  );
  await first.close(100);
});

Deno.test("Listener.close waits for a request no longer than the grace period", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const listener = new Listener({
    ...OPTIONS,
    handler: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  using connection = await RawConnection.connect(listener.port);
  await connection.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await asked.promise;
  // It ends, although the answer does not come before.
  await listener.close(100);
  answer.resolve(new Response());
  await connection.readHead();
});

Deno.test({
  name: "Listener.renew serves the new certificate on the same port",
  ignore: noOpenssl,
  async fn() {
    await using folder = await temporaryFolder();
    await using other = await temporaryFolder();
    const [old, renewed] = [await makeCertificate(folder), await makeCertificate(other)];
    const listener = new Listener({
      ...OPTIONS,
      certificate: readCertificate(old),
      handler: () => new Response("ok"),
    });
    const answers = async (pem: string): Promise<boolean> => {
      using client = Deno.createHttpClient({ caCerts: [pem] });
      try {
        const answer = await fetch(`https://localhost:${listener.port}/`, { client });
        return await answer.text() === "ok";
      } catch {
        return false;
      }
    };
    assertEquals([await answers(old.pem), await answers(renewed.pem)], [true, false]);
    listener.renew(readCertificate(renewed));
    while (!await answers(renewed.pem));
    assertEquals(await answers(old.pem), false);
    await listener.close(100);
  },
});
