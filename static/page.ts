/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Lines kept on the page; older ones scroll out of reach. */
const LINES = 5000;
/** How long to wait before connecting again, in ms: doubled each time, with some chance. */
const RETRY_MIN = 500;
const RETRY_MAX = 15_000;

const messages = find("messages", HTMLElement);
const status = find("status", HTMLElement);
const form = find("form", HTMLFormElement);
const text = find("text", HTMLInputElement);
const name = find("name", HTMLInputElement);

let socket: WebSocket;
let retry = RETRY_MIN;

function find<E extends HTMLElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`Cannot start: the page has no ${kind.name} "${id}"`);
}

function show(lines: string[]): void {
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  messages.append(...lines.map((line) => {
    const row = document.createElement("p");
    row.textContent = line;
    return row;
  }));
  while (messages.childElementCount > LINES) messages.firstElementChild?.remove();
  if (atEnd) messages.scrollTop = messages.scrollHeight;
}

function setStatus(words: string, state: string): void {
  status.textContent = words;
  status.className = state;
}

function connect(): void {
  const url = new URL("ws", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (name.value.trim() !== "") url.searchParams.set("name", name.value.trim());
  const opening = new WebSocket(url);
  socket = opening;
  let opened = false;
  opening.onopen = () => {
    opened = true;
    retry = RETRY_MIN;
    setStatus("Connected", "open");
  };
  opening.onmessage = ({ data }) => show(String(data).split("\n"));
  opening.onclose = () => {
    if (socket !== opening) return;
    const named = !opened && name.value !== "";
    setStatus(
      "Connection closed." + (named ? " Is the name taken?" : " Connecting again …"),
      "closed",
    );
    setTimeout(() => socket === opening && connect(), retry * (0.5 + Math.random()));
    retry = Math.min(retry * 2, RETRY_MAX);
  };
}

form.onsubmit = (event) => {
  event.preventDefault();
  if (text.value.trim() === "" || socket.readyState !== WebSocket.OPEN) return;
  socket.send(text.value);
  text.value = "";
};

name.onchange = () => {
  localStorage.setItem("name", name.value.trim());
  const before = socket;
  connect();
  before.close();
};

name.value = localStorage.getItem("name") ?? "";
connect();
