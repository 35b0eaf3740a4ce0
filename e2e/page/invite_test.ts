/** Invitations at the page, and the sign-in page of a chat that needs them. */
import { LOOKED_AT, openAdminScene } from "../../testing/admin_scene.ts";
import { assert, assertEquals } from "../../testing/assert.ts";
import { checkLooks } from "../../testing/axe.ts";
import { noBrowser } from "../../testing/browser.ts";

Deno.test({
  // The library keeps its pipes to the browser open a little longer than a test.
  ...{ ignore: noBrowser, sanitizeResources: false, sanitizeOps: false },
  name: "an admin invites people at the page, and nobody else comes in any more",
  async fn() {
    await using scene = await openAdminScene();
    const { ann, region, hubbub } = scene;
    const eve = await scene.arrive(LOOKED_AT);
    await scene.appoint();
    const { page } = ann;
    const found: string[] = [];
    await page.getByRole("link", { name: "Administration" }).click();
    await region.getByRole("tab", { name: "Settings" }).click();
    await region.getByRole("radio", { name: "Only invited people" }).check();

    // Eve is a guest: her page shows where people log in.
    const hint = eve.page.getByText("This chat is for people with an invitation.");
    await hint.waitFor();
    await checkLooks(eve.page, "sign in", found);
    await eve.page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await eve.page.getByLabel("Name password", { exact: true }).fill("some password");
    await eve.page.keyboard.press("Enter");
    await eve.page.getByText("Wrong password for this name.").waitFor();

    await region.getByRole("tab", { name: "Invites" }).click();
    await region.getByText("No invitations.").waitFor();
    await region.getByRole("radio", { name: "1", exact: true }).check();
    const room = region.getByRole("textbox", { name: "Room that they see first" });
    await room.fill("no room");
    await room.press("Enter");
    await region.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
    await room.fill("tea");
    await room.press("Enter");
    const link = region.getByRole("textbox", { name: "Invitation" });
    const address = await link.inputValue();
    assert(address.startsWith(hubbub.url("/#/invite/")), address);
    await region.getByRole("img", { name: "QR code of the invitation" }).waitFor();
    await checkLooks(page, "invites", found);

    await eve.page.goto(address);
    await eve.page.reload();
    await eve.page.goto(address);
    await eve.page.getByRole("heading", { name: "You're invited" }).waitFor();
    await checkLooks(eve.page, "invitation", found);
    await eve.page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await eve.page.getByLabel("New password", { exact: true }).fill("some password");
    await eve.page.keyboard.press("Enter");
    await eve.page.getByRole("heading", { name: "tea" }).waitFor();
    await eve.page.locator(".me").getByText("Eve").waitFor();

    await region.getByRole("tab", { name: "People" }).click();
    await region.getByRole("tab", { name: "Invites" }).click();
    const row = region.getByRole("list", { name: "Invitations" }).getByRole("listitem");
    await row.getByText("1 of 1 have come").waitFor();
    await row.getByText("Ended").waitFor();
    await row.getByRole("button", { name: "Revoke" }).click();
    await region.getByText("No invitations.").waitFor();

    // A second person who follows the same link, on a phone.
    const phone = await scene.open(address, {
      locale: "zh-CN",
      viewport: { width: 360, height: 700 },
    });
    await phone.getByText("此链接已失效").waitFor();
    await phone.getByRole("button", { name: "进入聊天" }).click();
    await phone.getByText("此聊天仅限受邀请的人").waitFor();
    await phone.getByRole("textbox", { name: "昵称", exact: true }).fill("Eve");
    await phone.getByLabel("昵称密码", { exact: true }).fill("some password");
    await phone.keyboard.press("Enter");
    await phone.locator("#composer").waitFor();
    assertEquals([found, ann.faults, ann.alerts], [[], [], []]);
  },
});
