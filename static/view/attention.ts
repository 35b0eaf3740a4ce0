/// <reference lib="dom" />
import { effect, signal } from "@preact/signals";
import type { ChatSettings, Message } from "../../protocol/mod.ts";
import { EVERYONE } from "../../protocol/types.ts";
import type { MessageAbout } from "../state/chat_options.ts";
import type { Settings } from "../state/settings.ts";
import { filesWords } from "../state/message_words.ts";
import { shownText } from "../text.ts";
import { visit } from "./address.ts";
import { pictureUrl } from "./avatar.tsx";
import type { App } from "./context.ts";
import { placeOf } from "./room_label.tsx";

/** The largest number that there is an icon for; the last one says "and more". */
const BADGES = 9;
/** The two tones of a new message, in Hz, and how long each sounds, in seconds. */
const TONES = [659, 880];
const TONE_SECONDS = 0.09;
/** Quiet enough for headphones; from 0 to 1. */
const LOUDNESS = 0.06;
/** Messages within this time, in ms, make one sound. */
const QUIET_MS = 1_000;
/** Messages within this time, in ms, are said together: a screen reader says one after the other, and would be minutes late. */
const SAYING_MS = 2_000;
/** Of more than so many messages the last one is said, and how many there are. */
const SAID = 3;

/** Whether the browser has failed to show a notification that it permits. */
export const isBroken = signal(false);

/** Whether someone is looking at the page. */
export function isAttentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** The browser's permission for notifications from this page. */
export function canNotify(): NotificationPermission {
  return "Notification" in globalThis && isSecureContext ? Notification.permission : "denied";
}

/** Turns notifications on, asking the browser if need be, or off. To be called on a click. */
export async function wantToNotify(settings: Settings, wanted: boolean): Promise<void> {
  settings.set("asked", true);
  if (wanted && canNotify() === "default") await Notification.requestPermission();
  settings.set("notifications", wanted && canNotify() === "granted");
}

/** Shows the place and the number of unread messages in the tab's title and icon, and nothing of a chat that is covered. */
export function followTitle(
  app: Pick<App, "adminTab" | "base" | "chat" | "icon" | "link" | "locked" | "settings">,
): void {
  const { base, chat } = app;
  effect(() => {
    // Such a page has a title of its own.
    if (app.link.value) return;
    if (app.locked.value) return showCount(0, new URL(base).hostname, app.icon);
    const { administration, errors, unknownRoom } = app.settings.strings.value;
    const room = chat.active.value;
    const place = app.adminTab.value !== undefined
      ? administration
      : !chat.visiting.value || !room.missing.value
      ? placeOf(app, room)
      : room.isHidden
      ? errors.no_room
      : unknownRoom(room.name);
    const name = chat.info.settings.value?.name || "Hubbub";
    const chatIcon = chat.info.settings.value?.icon;
    const plainIcon = chatIcon ? pictureUrl(base, chatIcon) : app.icon;
    const isUndisturbed = chat.access.undisturbedUntil.value !== undefined;
    showCount(isUndisturbed ? 0 : chat.unread.value, `${place} · ${name}`, plainIcon);
  });
}

/** Shows the number of unread messages in the tab's title and icon. */
function showCount(unread: number, title: string, plainIcon: string): void {
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${title}`;
  const icon = find("icon");
  if (!icon) return;
  const href = unread > 0 ? `icons/badge-${Math.min(unread, BADGES)}.svg` : plainIcon;
  if (icon.getAttribute("href") === href) return;
  icon.setAttribute("href", href);
  // An admin may have chosen another icon, whatever its type.
  if (href.endsWith(".svg")) icon.type = "image/svg+xml";
  else icon.removeAttribute("type");
}

/** Lets the device install the page with the chat's own name and icon, if it has one. */
export function showOwnIcon(base: string, settings: ChatSettings | undefined): void {
  const { name, icon } = settings ?? {};
  if (icon) find("apple-touch-icon")?.setAttribute("href", pictureUrl(base, icon));
  const manifest = find("manifest");
  if (!manifest || !(icon || name)) return;
  manifest.crossOrigin = "use-credentials";
  manifest.href = "chat.webmanifest";
}

function find(rel: string): HTMLLinkElement | null {
  return document.querySelector(`link[rel="${rel}"]`);
}

/** The messages that come while others are said. */
let unsaid: Message[] = [];
let isSaying = false;

/** Says the messages that are not said yet, and after a while those that have come meanwhile. */
function say(app: App): void {
  const count = unsaid.length;
  isSaying = count > 0;
  if (!isSaying) return;
  const { newMessages } = app.settings.strings.peek();
  app.spoken.value = [
    ...count > SAID ? [newMessages(count)] : [],
    ...unsaid.slice(count > SAID ? -1 : 0).map((message) =>
      `${app.chat.nameOf(message.user)}: ${shown(app, message)}`
    ),
  ].join("\n");
  unsaid = [];
  setTimeout(() => say(app), SAYING_MS);
}

/** Forgets the messages that were said, and those that were to be: the next person at the page may not read them. */
export function forgetSaid({ spoken }: Pick<App, "spoken">): void {
  unsaid = [];
  spoken.value = "";
}

/** Draws attention to a new message, as the settings say. */
export function attract(
  app: App,
  message: Message,
  { mention, quiet, ...about }: MessageAbout,
): void {
  const { adminTab, chat, settings, askToNotify } = app;
  const name = chat.nameOf(message.user);
  const active = about.active && adminTab.peek() === undefined;
  if (active && unsaid.push(message) === 1 && !isSaying) say(app);
  if ((isAttentive() && active) || quiet) return;
  if (chat.access.undisturbedUntil.peek() !== undefined) return;
  if (settings.sound.value) playTones();
  if (!mention) return;
  if (settings.notifications.value && canNotify() === "granted") {
    notify(app, message, name);
  } else if (!settings.asked.value && canNotify() === "default") {
    const isReply = isReplyTo(message, chat.me.peek()?.id);
    askToNotify.value = { name, room: placeNamed(app, message.room), isReply };
  }
}

/** Whether a message replies to a person, and does not mention them besides. */
function isReplyTo({ answers, mentions = [] }: Message, person: string | undefined): boolean {
  return answers === person && !mentions.some((id) => id === person || id === EVERYONE);
}

/** The name of a message's room. */
function placeNamed(app: App, name: string): string {
  const room = app.chat.room(name);
  return room ? placeOf(app, room) : `#${name}`;
}

/** The beginning of a message's text, as its readers see it at first: without markup, and with spoilers hidden. */
function shown({ settings }: App, message: Message): string {
  const strings = settings.strings.peek();
  const text = shownText(message.text, strings.hiddenSpoiler);
  return [filesWords(message, strings), text].filter(Boolean).join(" · ").slice(0, 300);
}

function notify(app: App, message: Message, name: string): void {
  const { icon, settings, toast } = app;
  const { room } = message;
  try {
    // The types lack "renotify".
    const options: NotificationOptions & { renotify: boolean } = {
      body: shown(app, message),
      // Without this a later one in the same room would replace the first without a sound.
      renotify: true,
      // One for each room, the latest: also if several tabs show it, or someone sends a lot.
      tag: room,
      icon,
    };
    const notification = new Notification(`${name} · ${placeNamed(app, room)}`, options);
    notification.onclick = () => {
      focus();
      visit(`#/${room}`);
      notification.close();
    };
  } catch {
    // Some phones' browsers show none from a page, whatever they permit.
    isBroken.value = true;
    settings.set("notifications", false);
    toast.value = { text: settings.strings.value.cantNotify };
  }
}

let audio: AudioContext | undefined;
let playedAt = -Infinity;

function playTones(): void {
  const now = performance.now();
  if (now - playedAt < QUIET_MS) return;
  playedAt = now;
  try {
    audio ??= new AudioContext();
    const volume = audio.createGain();
    volume.gain.value = LOUDNESS;
    volume.connect(audio.destination);
    TONES.forEach((frequency, index) => {
      if (!audio) return;
      const tone = audio.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(volume);
      tone.start(audio.currentTime + index * TONE_SECONDS);
      tone.stop(audio.currentTime + (index + 1) * TONE_SECONDS);
    });
  } catch {
    // There is no sound here.
  }
}
