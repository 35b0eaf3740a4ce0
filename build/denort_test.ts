import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { assertEquals, assertRejects, assertThrows } from "../testing/assert.ts";
import { checkSha256, cutDenort, extract } from "./denort.ts";
import { Failure } from "./failure.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** An executable as `deno compile` makes it: a runtime, the program, the trailer. */
function compiled(runtime: string, program: string, statedLength?: bigint): Uint8Array {
  const section = text(`d3n0l4nd${program}`);
  const trailer = new DataView(new ArrayBuffer(24));
  new Uint8Array(trailer.buffer).set(text("d3n0l4nd"));
  trailer.setBigUint64(16, statedLength ?? BigInt(section.length + 24), true);
  return new Uint8Array([...text(runtime), ...section, ...new Uint8Array(trailer.buffer)]);
}

Deno.test("cutDenort cuts off the program behind a runtime", () => {
  assertEquals(cutDenort(compiled("\x7fELF runtime", "console.log(1)")), text("\x7fELF runtime"));
  assertEquals(cutDenort(compiled("d3n0l4nd inside", "")), text("d3n0l4nd inside"));
});

Deno.test("cutDenort refuses files that deno compile has not made", () => {
  for (const content of ["", "short", "\x7fELF a runtime without any program behind it"]) {
    assertThrows(() => cutDenort(text(content)), Failure, "not made by deno compile");
  }
  for (const length of [0n, 23n, 10_000n, 2n ** 64n - 1n]) {
    assertThrows(() => cutDenort(compiled("runtime", "program", length)), Failure, "impossible");
  }
});

Deno.test("checkSha256 refuses an executable with another hash", () => {
  const sha256 = createHash("sha256").update("runtime").digest("hex");
  checkSha256(text("runtime"), sha256);
  assertThrows(() => checkSha256(text("runtimf"), sha256), Failure, `must be ${sha256}, received`);
});

/** An npm package with these files. */
function pack(files: Record<string, string>): Uint8Array {
  const blocks = Object.entries(files).map(([path, content]) => {
    const block = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
    block.set(text(path));
    block.set(text(content.length.toString(8).padStart(11, "0")), 124);
    block.set(text(content), 512);
    return block;
  });
  return gzipSync(new Uint8Array([...blocks, new Uint8Array(1024)].flatMap((block) => [...block])));
}

const integrityOf = (archive: Uint8Array) =>
  `sha512-${createHash("sha512").update(archive).digest("base64")}`;

Deno.test("extract takes a file out of an npm package as it went in", async () => {
  const long = "x".repeat(1000);
  const archive = pack({ "package/a": long, "package/empty": "", "package/bin/b": "the file" });
  const integrity = integrityOf(archive);
  assertEquals(await extract(archive, { integrity, path: "package/bin/b" }), text("the file"));
  assertEquals(await extract(archive, { integrity, path: "package/a" }), text(long));
  await assertRejects(
    () => extract(archive, { integrity, path: "package/absent" }),
    Failure,
    "it has no package/absent",
  );
});

Deno.test("extract refuses an npm package with another integrity than the stated one", async () => {
  const integrity = integrityOf(pack({ "package/a": "a" }));
  await assertRejects(
    () => extract(pack({ "package/a": "b" }), { integrity, path: "package/a" }),
    Failure,
    `must be ${integrity}, received sha512-`,
  );
});
