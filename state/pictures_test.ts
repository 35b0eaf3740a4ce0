import { Buffer } from "node:buffer";
import { assert, assertEquals } from "../testing/assert.ts";
import { HubOnState, kindOf } from "../testing/hub_on_state.ts";
import { PICTURE_BYTES } from "../protocol/pictures.ts";
import { PictureTable } from "./picture_table.ts";

/** The beginning of a PNG of a size, which is all that is looked at. */
function png(width: number, height: number, bytes = 100): string {
  const picture = Buffer.alloc(bytes);
  picture.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  picture.write("IHDR", 12);
  picture.writeUInt32BE(width, 16);
  picture.writeUInt32BE(height, 20);
  return picture.toString("base64");
}

const GOOD = png(256, 256);

Deno.test("people change their own picture, and admins the icon, and remove the pictures of others", async () => {
  await using the = new HubOnState();
  const [root, bob, eve] = [
    the.person("root", "admin"),
    the.person("bob"),
    the.person("eve", "guest"),
  ];
  const pictures = new PictureTable(the.store.state.database.db);
  const ask = async (...asked: Parameters<HubOnState["ask"]>) => kindOf(await the.ask(...asked));
  assertEquals(await ask(eve, { type: "picture", data: GOOD }), "forbidden");
  assertEquals(await ask(bob, { type: "picture", data: GOOD }), "ok");
  const first = pictures.of(bob.user.id);
  assert(first !== undefined);
  // Everyone learns it, guests too, and finds it.
  assertEquals(eve.all("picture"), [{ type: "picture", person: bob.user.id, picture: first }]);
  assertEquals(pictures.find(first), { id: first, mime: "image/png", data: GOOD });
  const people = [bob.user.id, root.user.id, "nobody", "*"];
  const found = await the.ask(eve, { type: "pictures", people });
  assert(found.type === "pictures");
  assertEquals(found.pictures, [{ person: bob.user.id, picture: first }]);
  // Another picture has another address, and the former one is gone.
  assertEquals(await ask(bob, { type: "picture", data: GOOD }), "ok");
  assert(pictures.of(bob.user.id) !== first);
  assertEquals(pictures.find(first), undefined);
  assertEquals(await ask(bob, { type: "picture", person: root.user.id }), "forbidden");
  assertEquals(await ask(root, { type: "picture", person: bob.user.id }), "ok");
  assertEquals(eve.all("picture").at(-1), { type: "picture", person: bob.user.id });
  assertEquals(await ask(root, { type: "picture", person: bob.user.id }), "ok");
  assertEquals(eve.all("picture").length, 3);

  assertEquals(await ask(bob, { type: "icon", data: GOOD }), "forbidden");
  assertEquals(await ask(root, { type: "icon", data: GOOD }), "ok");
  const { icon } = eve.all("chat").at(-1)?.chat ?? {};
  assert(icon !== undefined && pictures.find(icon) !== undefined);
  assertEquals(await ask(root, { type: "icon" }), "ok");
  assertEquals(eve.all("chat").at(-1)?.chat.icon, undefined);
  assertEquals(pictures.find(icon), undefined);
  const audit = the.store.state.database.db.prepare("select action from audit order by n").all();
  assertEquals(audit.map(({ action }) => action), [
    ...["role", "remove_picture", "icon", "remove_icon"],
  ]);
});

Deno.test("a picture is a small JPEG, PNG or WebP, whatever its sender says", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const text = (content: string) => Buffer.from(content).toString("base64");
  for (
    const data of [
      png(257, 10),
      png(10, 257),
      png(0, 10),
      png(10, 10, PICTURE_BYTES + 1),
      text("GIF89a\x0a\x00\x0a\x00 and more of it than a header has"),
      text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>'),
      text("<html><script>alert(1)</script></html>"),
      text('RIFF    WEBP<svg width="9" height="9"></svg>'),
      text("x"),
    ]
  ) assertEquals(kindOf(await the.ask(bob, { type: "picture", data })), "bad_value", data);
  await the.ask(root, { type: "mute", person: bob.user.id });
  assertEquals(kindOf(await the.ask(bob, { type: "picture", data: GOOD })), "muted");
  assertEquals(bob.all("picture"), []);
});

Deno.test("a person changes pictures ten times at once, and has none when the account is deleted", async () => {
  await using the = new HubOnState();
  const [root, bob] = [the.person("root", "admin"), the.person("bob")];
  const kinds = [];
  for (let i = 0; i < 11; i++) {
    kinds.push(kindOf(await the.ask(bob, { type: "picture", data: GOOD })));
  }
  assertEquals(kinds, [...Array(10).fill("ok"), "rate_limited"]);
  const picture = new PictureTable(the.store.state.database.db).of(bob.user.id) ?? "";
  await the.ask(root, { type: "delete_account", person: bob.user.id });
  assertEquals(root.all("picture").at(-1), { type: "picture", person: bob.user.id });
  assertEquals(new PictureTable(the.store.state.database.db).find(picture), undefined);
});
