import { assertEquals } from "../testing/assert.ts";
import { isBlank } from "./blank.ts";
import { parseCommand } from "./mod.ts";

Deno.test("isBlank knows every text that shows nothing, and takes none for one that shows something", () => {
  const blank = [
    ...[
      "",
      " ",
      "\n\t",
      "\u00a0",
      "\u3000",
      "\u200b",
      "\u200d\u200d",
      "\ufeff",
      "\u2060",
      "\u00ad",
    ],
    ...[
      "\u202e",
      "\u2066\u2069",
      "\u3164",
      "\u115f\u1160",
      "\uffa0",
      "\u2800",
      "\ufffc",
      "\u{1d159}",
    ],
    ...["\ufe0f", "\u180e", "\u034f", "\u{e0020}", "\u0007", "\u200b \n\u200b", "\u2028"],
  ];
  const shown = [
    ...["a", ".", "\u200ba", "👩‍👧", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "你", "ـ", "\u0301", "\ufffd", "0\u20e3", "-"],
  ];
  assertEquals(blank.filter((text) => !isBlank(text)), []);
  assertEquals(shown.filter(isBlank), []);
  for (const text of blank) {
    const command = parseCommand(
      JSON.stringify({ type: "send", room: "lobby", id: "x", text }),
      { message: 4096 },
    );
    assertEquals(command.type === "error" && command.code, "empty", JSON.stringify(text));
  }
});
