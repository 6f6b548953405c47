/** Adapter: one's own passkeys, over HTTP. Only for who showed password and second factor a moment ago. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { addPasskey, ownPasskeys, removePasskey } from "../own-passkeys.ts";
import { PASSKEYS_PATH } from "../pages/account.ts";
import { passkeysPage, type PasskeyTrouble } from "../pages/passkeys.ts";
import { MOST_ANSWER } from "../passkey.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";
import { idOf, ownContext, ownHandlers, stopped, type OwnHandler, type OwnRequest } from "./own.ts";
import { seeOther } from "./visit.ts";

const STATUS: Record<PasskeyTrouble, number> = {
  again: 200,
  "form-old": 403,
  name: 422,
  full: 422,
  refused: 422,
};

export function passkeyRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { look, send } = ownHandlers(desk);
  const gate = { page: PASSKEYS_PATH, fresh: true };

  const show = async (
    { signedIn, owner, reply }: OwnRequest,
    trouble?: PasskeyTrouble,
    typed?: string,
  ): Promise<FastifyReply> => {
    const own = await ownPasskeys(gateway, owner);
    if (typeof own === "string") return stopped(reply, own, gate.page);
    const html = passkeysPage(ownContext(desk, signedIn, "/account"), own, trouble, typed);
    return desk.page(reply, html, trouble === undefined ? 200 : STATUS[trouble]);
  };
  const old: OwnHandler = (own) => show(own, "form-old");

  app.get(
    gate.page,
    look(gate, (own) => show(own)),
  );

  app.post(
    gate.page,
    send(gate, old, async ({ form, ...own }) => {
      const [name, answer] = [field(form, "name"), field(form, "answer", MOST_ANSWER)];
      // Its script had nothing to send: the page was open for too long.
      if (answer === "") return show(own, "again", name);
      const result = await addPasskey(gateway, own.owner, { name, answer });
      if (result === "over" || result === "stale") return stopped(own.reply, result, gate.page);
      return result === "added"
        ? seeOther(own.reply, "/account?done=passkey")
        : show(own, result, name.slice(0, 60));
    }),
  );

  app.post(
    `${gate.page}/remove`,
    send(gate, old, async ({ form, owner, reply }) => {
      const id = idOf(form);
      const result = id === undefined ? "gone" : await removePasskey(gateway, owner, id);
      if (result === "over" || result === "stale") return stopped(reply, result, gate.page);
      return seeOther(reply, result === "removed" ? "/account?done=passkey-removed" : gate.page);
    }),
  );
}
