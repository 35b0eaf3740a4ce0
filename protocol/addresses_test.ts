import { assert, assertEquals } from "../testing/assert.ts";
import { cpuTime } from "../testing/cpu_time.ts";
import fc from "fast-check";
import { foldRoom, isHiddenRoom, isRoom, newHiddenRoom } from "./addresses.ts";

Deno.test("isRoom accepts 1 to 64 letters, marks and digits of one script, _ and -", () => {
  const rooms = ["a", "lobby", "0", "_-_", "a".repeat(64), "café", "кофе", "咖啡", "コーヒー店"];
  rooms.push("咖啡-bar", "커피", "قهوة", "कॉफ़ी".normalize("NFKC"), "字".repeat(42), "ꦏꦺꦴꦥꦶ");
  for (const room of rooms) assert(isRoom(room), room);
  const others = ["", "A", "a b", "a\n", "\na", "a.b", "a/b", "a".repeat(65), 1, null, ["a"], {}];
  others.push(
    "É",
    "ｃafe",
    "cafe\u0301",
    "bаr with а",
    "bаr",
    "字".repeat(43),
    "\u0301",
    "a\u200d",
  );
  others.push("\u3164", "~", "~abc", "a:b", "ß", "😀", "a\u{e0061}", "\ud800", "#a");
  for (const other of others) assert(!isRoom(other), JSON.stringify(other));
});

Deno.test("isRoom takes no time for digits and marks that belong to a script and end in a letter of another", () => {
  const signs = ["_", "-", "0", "\u0660", "\u0966", "\u07c0", "\u1810", "\u0651"];
  for (const sign of signs) {
    for (const end of ["\u2d5c", "\u1401", "a\u043a", "\u5b57a", "\ua9cf"]) {
      const start = cpuTime();
      isRoom(sign.repeat(22) + end);
      const ms = cpuTime() - start;
      assert(ms < 50, `${JSON.stringify(sign)} and ${JSON.stringify(end)}: ${ms} ms`);
    }
  }
});

Deno.test("foldRoom makes an address of typed text", () => {
  assertEquals(foldRoom(" Ｃafé  Bar "), "café-bar");
  assertEquals(foldRoom("STRASSE"), foldRoom("Straße"));
  assertEquals(foldRoom("咖啡"), "咖啡");
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
    const room = foldRoom(text);
    if (isRoom(room)) assertEquals(foldRoom(room), room);
  }));
});

Deno.test("newHiddenRoom makes addresses that are valid, hidden, and never the same", () => {
  const rooms = Array.from({ length: 100 }, newHiddenRoom);
  for (const room of rooms) assert(isRoom(room) && isHiddenRoom(room), room);
  assertEquals(new Set(rooms).size, 100);
  for (const room of ["lobby", "~lobby", `${rooms[0]}a`, "~1bcdefghijklmnopqrst"]) {
    assert(!isHiddenRoom(room) && (room === "lobby") === isRoom(room), room);
  }
});
