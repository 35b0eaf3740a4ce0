import { file, integer, one, onOff, readOrigins, seconds } from "./flag_kinds.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("integer takes whole numbers of its range in decimal digits", () => {
  const { read, takes, byDefault } = integer("N", 5, 1, 10);
  assertEquals(["1", "10", "007"].map((text) => read([text])), [1, 10, 7]);
  const wrong = ["", "0", "11", "1.5", "-1", "1e1", "0x1", " 1", "١"];
  assertEquals(wrong.map((text) => read([text])), wrong.map(() => undefined));
  assertEquals([takes, byDefault], ["a whole number from 1 to 10", "5"]);
  assertEquals(integer("N", 5, 1, Number.MAX_SAFE_INTEGER).takes, "a whole number of at least 1");
});

Deno.test("seconds are read as milliseconds, also fractions", () => {
  const { read, fallback } = seconds(2, 0.1, 60);
  assertEquals(["0.1", "60", "1.25"].map((text) => read([text])), [100, 60_000, 1250]);
  const wrong = ["", ".5", "0.05", "61", "1s", "1e1"];
  assertEquals(wrong.map((text) => read([text])), wrong.map(() => undefined));
  assertEquals(fallback, 2000);
});

Deno.test("file takes any text but an empty one", () => {
  assertEquals([file().read(["a b"]), file().read([""]), file().fallback], ["a b", undefined, ""]);
});

Deno.test("onOff takes 1 and 0", () => {
  assertEquals(["1", "0", "", "true"].map((text) => onOff().read([text])), [
    true,
    false,
    undefined,
    undefined,
  ]);
});

Deno.test("one takes the last value that is given", () => {
  const { read } = one<"a" | "b">({
    value: "X",
    help: "",
    takes: "a or b",
    fallback: "a",
    parse: (text) => text === "a" || text === "b" ? text : undefined,
  });
  assertEquals([read(["a", "b"]), read(["b", "c"]), read([])], ["b", undefined, undefined]);
});

Deno.test("readOrigins takes schemes and hosts without anything else", () => {
  assertEquals(readOrigins(["HTTPS://Chat.Example:443", "http://[::1]:80/", ""]), [
    "https://chat.example",
    "http://[::1]",
  ]);
  const wrong = ["chat.example", "ftp://a", "http://a/b", "http://a?b", "http://a#b", "http://b@a"];
  for (const text of wrong) assertEquals(readOrigins(["http://a", text]), undefined, text);
});
