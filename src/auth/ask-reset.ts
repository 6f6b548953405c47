/**
 * Flow: somebody who cannot sign in asks for a reset. Whatever is typed, the answer is the same: whoever has such an
 * account gets a mail, and nobody else learns that there is one. The caller sees to it that the time is the same too.
 */
import { canonicalIdentifier } from "./account-name.ts";
import { standing, type Account } from "./account.ts";
import { makeLink } from "./links.ts";
import { mailTo, type By, type People } from "./people.ts";

export interface ResetWish {
  /** A name or an e-mail address, as it was typed. */
  typed: string;
  from: Pick<By, "address" | "userAgent">;
  now: Date;
}

/**
 * Counts the wish against its lanes, in a transaction of its own, and resolves to whether it may go on. `unknownName`
 * is canonical, and empty for what nobody can be called.
 */
export type AdmitReset = (whom: { accountId: string } | { unknownName: string }) => Promise<boolean>;

/** Sends the mail if there is somebody to send it to. Tells nothing. */
export async function askReset(people: People, admit: AdmitReset, wish: ResetWish): Promise<void> {
  const identifier = canonicalIdentifier(wish.typed);
  const found = await people.store.transact(
    async ({ accounts }) => identifier && accounts.byIdentifier(identifier),
  );
  const whom = found ? { accountId: found.id } : { unknownName: identifier ?? "" };
  if (!(await admit(whom))) return;
  await people.store.transact(async (tx) => {
    const { from, now } = wish;
    const account = found ? await tx.accounts.byId(found.id, { lock: true }) : undefined;
    const state = account === undefined ? "unknown" : standing(account, now);
    if (account !== undefined && state === "active") {
      const { url, until } = await makeLink(tx, people.settings, account, "reset", now);
      await mailTo(tx, people.settings, account, ["password-reset", { link: url, until }], now, until);
    }
    await tx.audit.append({
      at: now,
      event: "password.reset-asked",
      outcome: state === "active" ? "success" : "failure",
      actor: { kind: "stranger" },
      account: account && pick(account),
      ...from,
      reason: state === "active" ? undefined : state,
    });
  });
}

const pick = ({ id, name }: Account): { id: string; name: string } => ({ id, name });
