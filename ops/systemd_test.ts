import { assert, assertMatch } from "../testing/assert.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { missing, onPath } from "../testing/strict.ts";

const SYSTEMD_ANALYZE = onPath("systemd-analyze");
const ignore = missing("systemd-analyze", {
  found: SYSTEMD_ANALYZE !== undefined,
  get: "apt-get install systemd",
});

/** The worst exposure that the unit may have, of 10. */
const MOST_EXPOSURE = 2.0;

async function analyze(...args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(SYSTEMD_ANALYZE ?? "", { args })
    .output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

const unit = new URL("hubbub.service", import.meta.url);

Deno.test({
  name: `hubbub.service has an exposure of at most ${MOST_EXPOSURE}`,
  ignore,
  async fn() {
    const { output } = await analyze("security", "--offline=true", "--no-pager", unit.pathname);
    const exposure = /Overall exposure level for hubbub\.service: ([\d.]+)/.exec(output)?.[1];
    assert(Number(exposure) <= MOST_EXPOSURE, output);
  },
});

Deno.test({
  name: "hubbub.service is understood, and bounds descriptors and memory",
  ignore,
  async fn() {
    const text = await Deno.readTextFile(unit);
    assertMatch(text, /^LimitNOFILE=\d+$/m);
    assertMatch(text, /^MemoryMax=\d+G$/m);
    await using folder = await temporaryFolder();
    // The program that it starts is not on this machine.
    await folder.write(
      "hubbub.service",
      text.replace(/^ExecStart=.*$/m, `ExecStart=${SYSTEMD_ANALYZE}`),
    );
    const { success, output } = await analyze("verify", `${folder.path}/hubbub.service`);
    assert(success && !output.includes("hubbub.service"), output);
  },
});
