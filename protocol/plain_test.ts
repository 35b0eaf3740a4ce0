import { assert, assertEquals } from "../testing/assert.ts";
import { ann, paper, photo } from "../testing/example_lines.ts";
import { parsePlain, printPlain, printPlainEdit } from "./plain.ts";

Deno.test("parsePlain makes one line of a frame", () => {
  const table: [frame: string, text: string][] = [
    ["hi", "hi"],
    ["  hi  there ", "hi  there"],
    ["a\nb\r\nc\rd\n\ne", "a b c d  e"],
    ["hi\r\n", "hi"],
    ["", ""],
    [" \r\n\t\u3000", ""],
    ["a\0b", "a\ufffdb"],
    ["a\ud800", "a\ufffd"],
    ['{"type":"rooms"}', '{"type":"rooms"}'],
  ];
  for (const [frame, text] of table) assertEquals(parsePlain(frame), text, JSON.stringify(frame));
});

Deno.test("printPlain prints the name and the text, or the text alone", () => {
  assertEquals(printPlain({ user: ann, text: "hi" }), "Ann: hi");
  assertEquals(printPlain({ user: { id: "p3", name: "" }, text: "hi" }), "hi");
  assertEquals(printPlain({ user: ann, text: "a\nb\r\nc\rd" }), "Ann: a b c d");
});

Deno.test("printPlain names the files of a message", () => {
  assertEquals(printPlain({ user: ann, text: "", files: [photo] }), "Ann: [Photo 1.png]");
  const message = { user: ann, text: "Look", files: [photo, paper] };
  assertEquals(printPlain(message), "Ann: Look [Photo 1.png] [李.pdf]");
  assertEquals(printPlainEdit(message), "Ann: Look [Photo 1.png] [李.pdf] (edited)");
  assertEquals(
    printPlain({ ...message, files: [{ ...paper, name: "a\x1b[2J" }] }),
    "Ann: Look [a\ufffd[2J]",
  );
});

Deno.test("printPlain replaces every control character but tab", () => {
  for (let code = 0; code < 0x120; code++) {
    const character = String.fromCharCode(code);
    const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    const printed = "\t\n\r".includes(character) ? character.replace(/[\n\r]/, " ") : "\ufffd";
    for (const name of ["", "Ann"]) {
      const line = printPlain({ user: { id: "p1", name }, text: `a${character}b` });
      const before = name === "" ? "" : "Ann: ";
      assertEquals(line, `${before}a${control ? printed : character}b`, `U+${code.toString(16)}`);
    }
  }
});

Deno.test("printPlain leaves no escape sequence whole", () => {
  const texts = [
    "x\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x9d52;c;cm0gLXJm\x9c",
    "\x1bP+q\x1b\\",
    "\b\b\b\bgone",
    "a\r\x1b[1Ab",
    "\x0e\x0f\x05\x7f",
  ];
  for (const text of texts) {
    // A name from an older store or an import may hold them, too.
    for (const name of ["", "Ann", "A\x1b[31m"]) {
      const line = printPlain({ user: { id: "p1", name }, text });
      // deno-lint-ignore no-control-regex -- they are what is looked for
      assert(!/[\0-\x08\x0a-\x1f\x7f-\x9f]/.test(line), JSON.stringify(line));
    }
  }
});
