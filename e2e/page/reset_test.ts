/** An admin helps somebody at the page who has a wrong name and has forgotten the password. */
import { LOOKED_AT, openAdminScene } from "../../testing/admin_scene.ts";
import { assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser } from "../../testing/browser.ts";

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name:
    "an admin renames a person at the page, and makes a link with which they set a new password",
  async fn() {
    await using scene = await openAdminScene();
    const { ann, region } = scene;
    const bob = await scene.arrive({ name: "Bob" });
    await scene.appoint();
    const { page } = ann;
    const found: string[] = [];
    await page.getByRole("link", { name: "Administration" }).click();
    const press = (name: string) => region.getByRole("button", { name, exact: true }).click();

    await region.getByRole("button", { name: "Manage Bob" }).click();
    await press("Rename…");
    await region.getByRole("textbox", { name: "New name" }).fill("Ann");
    await page.keyboard.press("Enter");
    await region.getByRole("alert").getByText("That name is taken.").waitFor();
    await region.getByRole("textbox", { name: "New name" }).fill("Robert");
    await checkLooks(page, "rename", found);
    await page.keyboard.press("Enter");
    await region.getByText("Renamed.").waitFor();
    const me = bob.page.locator(".me");
    await me.getByText("Robert").waitFor();

    await press("Reset password…");
    await checkLooks(page, "reset", found);
    await press("Make a link");
    const link = region.getByRole("textbox", { name: "Link for Robert" });
    const address = await link.inputValue();
    await checkLooks(page, "link", found);

    const phone = await scene.open(address, { locale: "zh-CN", ...LOOKED_AT });
    await phone.getByText("用于昵称 Robert").waitFor();
    await checkLooks(phone, "new password", found);
    const secret = phone.getByLabel("新密码", { exact: true });
    await secret.fill("short");
    await secret.press("Enter");
    await phone.getByText("请使用至少 8 个字符。").waitFor();
    await secret.fill("remembered now");
    await secret.press("Enter");
    await phone.getByRole("heading", { name: "密码已保存。" }).waitFor();
    await me.getByText("guest-").waitFor();
    await phone.getByRole("button", { name: "进入聊天" }).click();
    await phone.locator(".me").getByText("Robert").waitFor();

    await region.getByRole("tab", { name: "People" }).press("End");
    const entries = region.getByRole("listitem").locator("> span");
    await entries.filter({ hasText: "set a new password" }).waitFor();
    assertEquals((await entries.allInnerTexts()).slice(0, 3), [
      "Robert set a new password with a link",
      "Ann made a link to reset the password of Robert",
      "Ann renamed a person: Bob → Robert",
    ]);
    assertEquals([found, ann.faults, bob.faults, ann.alerts], [[], [], [], []]);
  },
});
