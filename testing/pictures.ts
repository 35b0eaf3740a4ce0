/**
 * Files for tests of the page, made by a browser.
 *
 * @module
 */
/** A page that runs scripts, in whatever browser. */
interface ScriptedPage {
  evaluate(expression: string): Promise<unknown>;
}

/** A file as a browser gives it to a page. */
export interface TestFile {
  readonly name: string;
  readonly type: string;
  /** In base64, as it goes to the browser. */
  readonly base64: string;
  /** In bytes; then it is filled with anything. */
  readonly size?: number;
}

/**
 * Draws a picture in the browser of a page.
 *
 * @param size its width and height, in pixels
 */
export async function drawPicture(
  page: ScriptedPage,
  { name, type = "image/png", size: [width, height], hue = 200 }: {
    name: string;
    type?: string;
    size: readonly [number, number];
    hue?: number;
  },
): Promise<TestFile> {
  const base64 = await page.evaluate(`new Promise((resolve) => {
    const canvas = document.createElement("canvas");
    canvas.width = ${width};
    canvas.height = ${height};
    const context = canvas.getContext("2d");
    const sky = context.createLinearGradient(0, 0, ${width}, ${height});
    sky.addColorStop(0, "hsl(${hue} 60% 75%)");
    sky.addColorStop(1, "hsl(${hue + 60} 55% 45%)");
    context.fillStyle = sky;
    context.fillRect(0, 0, ${width}, ${height});
    let seed = ${hue + 1};
    const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
    for (let i = 0; i < 40; i++) {
      context.fillStyle = \`hsl(\${${hue} + random() * 90} 50% \${30 + random() * 50}% / 60%)\`;
      context.beginPath();
      context.arc(random() * ${width}, random() * ${height}, random() * ${width} / 8, 0, 7);
      context.fill();
    }
    const url = canvas.toDataURL(${JSON.stringify(type)}, 0.9);
    resolve(url.slice(url.indexOf(",") + 1));
  })`);
  return { name, type, base64: String(base64) };
}

/** A file of letters. */
export function textFile(name: string, length: number, type = "text/plain"): TestFile {
  return {
    name,
    type,
    base64: btoa(`${name.replace(/[^ -~]/g, "?")} `.repeat(length).slice(0, length)),
  };
}

/** A file of so many bytes, which the browser makes up. */
export function largeFile(name: string, size: number): TestFile {
  return { name, type: "application/octet-stream", base64: "", size };
}

/** Records a few frames of a video in the browser. */
export async function recordVideo(
  page: ScriptedPage,
  { name, size: [width, height] }: { name: string; size: readonly [number, number] },
): Promise<TestFile> {
  const type = "video/webm";
  const base64 = await page.evaluate(`(async () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: ${width}, height: ${height} });
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => recorder.onstop = resolve);
    recorder.start(20);
    const context = canvas.getContext("2d");
    for (let frame = 0; frame < 10 || !parts.some(({ size }) => size > 0); frame++) {
      context.fillStyle = "hsl(" + frame * 30 + " 80% 50%)";
      context.fillRect(0, 0, ${width}, ${height});
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  })()`);
  return { name, type, base64: String(base64) };
}

/** A JPEG as a phone takes it: turned by 90 degrees, with a place in its Exif. */
export function asFromPhone({ name, type, base64 }: TestFile): TestFile {
  const jpeg = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const exif = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 51.1N";
  const segment = Uint8Array.from(exif, (c) => c.charCodeAt(0));
  const head = [0xff, 0xd8, 0xff, 0xe1, 0, segment.length + 2];
  const bytes = [...head, ...segment, ...jpeg.subarray(2)];
  return { name, type, base64: btoa(bytes.map((byte) => String.fromCharCode(byte)).join("")) };
}

/** Pastes files into the message box, drags them over it, or drops them on it. */
export async function give(
  page: ScriptedPage,
  how: "paste" | "drop" | "dragover",
  files: readonly TestFile[],
): Promise<void> {
  await page.evaluate(`(() => {
    const data = new DataTransfer();
    for (const { name, type, base64, size } of ${JSON.stringify(files)}) {
      const bytes = size === undefined
        ? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
        : new Uint8Array(size).fill(1);
      data.items.add(new File([bytes], name, { type }));
    }
    const options = { bubbles: true, cancelable: true };
    document.getElementById("composer").dispatchEvent(
      ${JSON.stringify(how)} === "paste"
        ? new ClipboardEvent("paste", { ...options, clipboardData: data })
        : new DragEvent(${JSON.stringify(how)}, { ...options, dataTransfer: data }),
    );
  })()`);
}
