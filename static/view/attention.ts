/// <reference lib="dom" />
import type { Message } from "../../protocol/mod.ts";
import type { Settings } from "../state/settings.ts";
import type { App } from "./context.ts";

/** The largest number that there is an icon for; the last one says "and more". */
const BADGES = 9;
/** The two tones of a new message, in Hz, and how long each sounds, in seconds. */
const TONES = [659, 880];
const TONE_SECONDS = 0.09;
/** Quiet enough for headphones; from 0 to 1. */
const LOUDNESS = 0.06;
/** So close together, in ms, messages make one sound. */
const QUIET_MS = 1_000;

/** Whether somebody looks at the page. */
export function isAttentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** What the browser says to notifications from this page. */
export function canNotify(): NotificationPermission {
  return "Notification" in globalThis && isSecureContext ? Notification.permission : "denied";
}

/** Turns notifications on, asking the browser if need be, or off. To be called on a click. */
export async function wantToNotify(settings: Settings, wanted: boolean): Promise<void> {
  settings.set("asked", true);
  if (wanted && canNotify() === "default") await Notification.requestPermission();
  settings.set("notifications", wanted && canNotify() === "granted");
}

/** Shows in the title and the icon of the tab how much is unread. */
export function showCount(unread: number, room: string, plainIcon: string): void {
  document.title = `${unread > 0 ? `(${unread}) ` : ""}#${room} · Hubbub`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!icon) return;
  const href = unread > 0 ? `badge-${Math.min(unread, BADGES)}.svg` : plainIcon;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

/** Does about a new message what the settings say. */
export function attract(
  app: App,
  message: Message,
  { mention, active }: { mention: boolean; active: boolean },
): void {
  const { chat, settings, askToNotify, spoken } = app;
  const name = chat.nameOf(message.user);
  if (active) spoken.value = `${name}: ${message.text.slice(0, 300)}`;
  if (isAttentive() && active) return;
  if (settings.sound.value) playTones();
  if (!mention) return;
  if (settings.notifications.value && canNotify() === "granted") {
    notify(app, message, name);
  } else if (!settings.asked.value && canNotify() === "default") {
    askToNotify.value = true;
  }
}

function notify({ chat, icon }: App, { room, text }: Message, name: string): void {
  try {
    const notification = new Notification(`${name} · #${room}`, {
      body: text.slice(0, 300),
      // One for each room, the latest: also if several tabs tell of it, or somebody is a nuisance.
      tag: room,
      icon,
    });
    notification.onclick = () => {
      focus();
      chat.open(room);
      location.hash = `#/${room}`;
      notification.close();
    };
  } catch {
    // Some browsers of phones show none from a page.
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
