/**
 * A device became trusted: its owner hears of it by mail, with a link that says "this was not me". In the transaction
 * of the sign-in that trusts it, so that no device is ever trusted in silence.
 */
import type { Account } from "./account.ts";
import { makeLink } from "./links.ts";
import { mailTo, type PeopleSettings, type PeopleTransaction } from "./people.ts";
import type { Device } from "./store/devices.ts";

export interface NewDevice {
  account: Account;
  device: Pick<Device, "id" | "name">;
  /** The session that began on it; its row is there already. */
  sessionId: string;
  /** The client's. */
  address: string;
  now: Date;
}

/** Puts the mail into the transaction. */
export async function announceDevice(
  tx: Pick<PeopleTransaction, "links" | "messages">,
  settings: Pick<PeopleSettings, "publicUrl" | "organisation" | "timeZone">,
  { account, device, sessionId, address, now }: NewDevice,
): Promise<void> {
  const { url } = await makeLink(tx, settings, account, "not-me", now, { deviceId: device.id, sessionId });
  await mailTo(
    tx,
    settings,
    account,
    ["new-device", { at: now, address, browser: device.name, link: url }],
    now,
  );
}
