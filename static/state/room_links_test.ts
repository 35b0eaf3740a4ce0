import { assertEquals } from "../../testing/assert.ts";
import { addressInPage, splitRooms } from "./room_links.ts";

const KNOWN = new Set(["lobby", "咖啡", "café-bar", "a", "~abcdefghij234567abcd"]);

/** The parts of a text, with the addresses of links in brackets behind them. */
function read(text: string): string {
  return splitRooms(text, KNOWN).map(({ text, href }) => href ? `<${text} ${href}>` : text).join(
    "",
  );
}

Deno.test("splitRooms finds the rooms that are known", () => {
  assertEquals(read("see #lobby."), "see <#lobby #/lobby>.");
  assertEquals(read("#Lobby, #LOBBY"), "<#Lobby #/lobby>, <#LOBBY #/lobby>");
  assertEquals(read("(#lobby)"), "(<#lobby #/lobby>)");
  assertEquals(read("#Café-Bar!"), "<#Café-Bar #/café-bar>!");
  assertEquals(read("在#咖啡见"), "在<#咖啡 #/咖啡>见");
  assertEquals(read("去#lobby吧"), "去<#lobby #/lobby>吧");
});

Deno.test("splitRooms finds addresses within the page", () => {
  assertEquals(read("#/lobby and #/lobby/12."), "<#/lobby #/lobby> and <#/lobby/12 #/lobby/12>.");
  assertEquals(
    read("#/~abcdefghij234567abcd/3"),
    "<#/~abcdefghij234567abcd/3 #/~abcdefghij234567abcd/3>",
  );
});

Deno.test("splitRooms leaves everything else as it is", () => {
  for (
    const text of [
      ...[
        "#unknown",
        "#1",
        "a#lobby",
        "##lobby",
        "#",
        "&#lobby;",
        "# lobby",
        "#lobby-two",
        "#lobbyist",
      ],
      ...["https://a.example/#lobby", "x=#a", "#abc", "#/unknown/1", "#/admin/people", "#~nobody"],
    ]
  ) assertEquals(read(text), text);
});

Deno.test("splitRooms links at most 100 names", () => {
  assertEquals(splitRooms("#a ".repeat(200), KNOWN).filter(({ href }) => href).length, 100);
});

Deno.test("addressInPage knows the rooms and messages of this chat", () => {
  const base = "https://chat.example/team/";
  assertEquals(addressInPage(`${base}#/lobby`, base), "#/lobby");
  assertEquals(addressInPage(`${base}#/lobby/12`, base), "#/lobby/12");
  for (
    const other of [
      ...[
        base,
        `${base}#/claim/abc`,
        `${base}#/admin/people`,
        `${base}#/lobby/12/3`,
        `${base}x#/lobby`,
      ],
      ...["https://other.example/team/#/lobby", "https://chat.example/#/lobby", `${base}?a#/lobby`],
    ]
  ) assertEquals(addressInPage(other, base), undefined, other);
});
