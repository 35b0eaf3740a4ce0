import {
  readBasic,
  readBearer,
  readCookie,
  readLogin,
  writeCookie,
} from "./request_credentials.ts";
import { assertEquals, assertMatch } from "../testing/assert.ts";

function authorized(value: string): Request {
  return new Request("http://chat.example/", { headers: { authorization: value } });
}

function basic(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

Deno.test("readBasic splits at the first colon, and reads UTF-8", () => {
  const cases: [text: string, user: string, password: string][] = [
    ["ann:open sesame", "ann", "open sesame"],
    ["ann:a:b", "ann", "a:b"],
    ["ann", "ann", ""],
    [":", "", ""],
    ["Zoë:пароль", "Zoë", "пароль"],
  ];
  for (const [text, user, password] of cases) {
    assertEquals(readBasic(authorized(`bAsIc   ${basic(text)} `)), { user, password });
  }
  const urlSafe = basic("ann:~~~???").replaceAll("+", "-").replaceAll("/", "_");
  assertEquals(readBasic(authorized(`Basic ${urlSafe}`)), { user: "ann", password: "~~~???" });
});

Deno.test("readBasic returns nobody for anything but base64 of UTF-8", () => {
  for (const value of ["Basic !!!", "Basic gICA", "Basic ===="]) {
    assertEquals(readBasic(authorized(value)), { user: "", password: "" }, value);
  }
  assertEquals(readBasic(authorized("Bearer x")), undefined);
  assertEquals(readBasic(new Request("http://chat.example/")), undefined);
});

Deno.test("readBearer reads the bytes of the header as UTF-8", () => {
  assertEquals(readBearer(authorized("bearer  open sesame ")), "open sesame");
  const bytes = String.fromCharCode(...new TextEncoder().encode("пароль"));
  assertEquals(readBearer(authorized(`Bearer ${bytes}`)), "пароль");
  assertEquals(readBearer(authorized("Basic x")), undefined);
});

Deno.test("writeCookie sets what readCookie reads, and removes it without a token", () => {
  const headers = new Headers();
  writeCookie(headers, { name: "session", token: "x.y", secure: true });
  const [cookie = ""] = headers.getSetCookie();
  assertMatch(cookie, /^session=x\.y; Secure; HttpOnly; Max-Age=\d{8}; SameSite=Lax; Path=\/$/);
  const request = new Request("http://chat.example/", {
    headers: { cookie: `a=b; ${cookie.split(";")[0]}` },
  });
  assertEquals(readCookie(request, "session"), "x.y");
  const removal = new Headers();
  writeCookie(removal, { name: "session", secure: false });
  assertMatch(removal.getSetCookie()[0] ?? "", /^session=; HttpOnly; Max-Age=0;/);
});

function login(body: BodyInit, type?: string): Request {
  const headers: HeadersInit = type === undefined ? {} : { "content-type": type };
  return new Request("http://chat.example/login", { method: "POST", headers, body });
}

Deno.test("readLogin reads forms and JSON", async () => {
  const form = { name: "ann lee", secret: "a&b", messages: "delete" as const };
  assertEquals(await readLogin(login(new URLSearchParams(form))), { form, json: false });
  const json = login(JSON.stringify({ ...form, other: 1 }), " Application/JSON\t; charset=utf-8");
  assertEquals(await readLogin(json), { form, json: true });
});

Deno.test("readLogin refuses unusable requests, each with its status", async () => {
  const cases: [request: Request, status: number][] = [
    [login("{}", "text/plain"), 400],
    [login(new Uint8Array(2)), 400],
    [login("[", "application/json"), 400],
    [login("null", "application/json"), 400],
    [login('{"name":1}', "application/json"), 400],
    [login('{"name":"a","secret":1}', "application/json"), 400],
    [login("secret=x", "application/x-www-form-urlencoded"), 400],
    [login(JSON.stringify({ name: "a".repeat(9000) }), "application/json"), 413],
  ];
  for (const [request, status] of cases) {
    const answer = await readLogin(request);
    assertEquals("status" in answer && answer.status, status);
  }
});
