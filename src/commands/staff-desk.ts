/** What the commands `lakat staff …` share: the gateway's database, who runs them, and whom they are about. */
import { canonicalIdentifier } from "../auth/account-name.ts";
import { standing, type Account } from "../auth/account.ts";
import type { Administration, Refused } from "../auth/administer.ts";
import { derivedKeys } from "../auth/derived-keys.ts";
import type { People } from "../auth/people.ts";
import { openSealer } from "../auth/sealed.ts";
import { lanesOn, type Lanes } from "../auth/store/lanes.ts";
import { openStore, type Store } from "../auth/store/postgres.ts";
import type { GatewayConfig } from "../config.ts";
import { Fault } from "../fault.ts";
import { printable } from "../markup/printable.ts";
import { flag, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { demandSameSecrets, withGatewayPool } from "./gateway-database.ts";
import { laneRulesOf, settingsOf } from "./gateway-settings.ts";
import { operatorOf } from "./operator.ts";
import { readGatewaySecrets } from "./read-gateway-secrets.ts";
import { refusedFault } from "./staff-refused.ts";

export interface Desk extends People {
  store: Store;
  lanes: Lanes;
  config: GatewayConfig;
  /** As the operating-system user. */
  admin: Administration;
  now: Date;
}

/** Opens the gateway's database and does `work`. Throws what reading the configuration and its secrets does. */
export async function atDesk<T>(call: Call, work: (desk: Desk) => Promise<T>): Promise<T> {
  const config = await loadConfigFor(call, "gateway");
  const secrets = await readGatewaySecrets(config, call.env);
  const sealer = openSealer(secrets.encryptionKeys);
  const settings = settingsOf(config);
  const now = call.now();
  return withGatewayPool(config, call.env, async (pool) => {
    // With another secret_key it would open lanes that nobody is counted in.
    await demandSameSecrets(pool, secrets);
    return work({
      store: openStore(pool, sealer),
      settings,
      lanes: lanesOn(pool, derivedKeys(secrets.secretKey).lanes, laneRulesOf(config)),
      config,
      admin: {
        by: { actor: operatorOf(call.env) },
        now,
        leaveNoAdministrator: flag(call, "leave-no-administrator"),
      },
      now,
    });
  });
}

/** The account that the argument names: name, e-mail address or id. Throws USAGE, ACCOUNT_NOT_FOUND. */
export async function accountNamed({ store }: Pick<Desk, "store">, call: Call, at = 0): Promise<Account> {
  const wanted = call.positionals[at];
  if (wanted === undefined)
    throw new Fault("USAGE", "no account is named", "Give its name or its e-mail address.");
  return findAccount({ store }, wanted);
}

export async function findAccount({ store }: Pick<Desk, "store">, wanted: string): Promise<Account> {
  const identifier = canonicalIdentifier(wanted);
  const account = UUID.test(wanted)
    ? await store.read.accounts.byId(wanted)
    : identifier && (await store.read.accounts.byIdentifier(identifier));
  if (!account)
    throw new Fault(
      "ACCOUNT_NOT_FOUND",
      `there is no account ${printable(wanted).slice(0, 100)}`,
      "See `lakat staff list`.",
    );
  return account;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What was done, or the refusal as a fault. */
export function done<T extends object>(answer: T | Refused): T {
  if ("refused" in answer) throw refusedFault(answer.refused);
  return answer;
}

/** Who could be left without an administrator by it. */
export const LAST_OPTION = { "leave-no-administrator": { type: "boolean" } } as const;
export const LAST_USAGE = `  --leave-no-administrator
                       also when nobody could administer accounts afterwards;
                       then only \`lakat staff\` on this host can`;

interface Action {
  /** Lines for options of its own. */
  usage?: string;
  /** Under the options. */
  notes: string;
  options?: Command["options"];
  act: (desk: Desk, account: Account, call: Call) => Promise<{ account: Account } | Refused>;
  said: (account: Account) => string;
}

/** A command that does one thing to one account. */
export function staffAction({ usage, notes, options, act, said }: Action): Command {
  return {
    usage: ["NAME [options]", "", CONFIG_USAGE, ...(usage === undefined ? [] : [usage]), "", notes].join(
      "\n",
    ),
    options: { ...CONFIG_OPTION, ...options },
    positionals: 1,
    run: (call) =>
      atDesk(call, async (desk): Promise<Outcome> => {
        const { account } = done(await act(desk, await accountNamed(desk, call), call));
        return { text: said(account), json: { account: plainAccount(account, desk.now) }, findings: [] };
      }),
  };
}

/** An account for machines, without anything secret. */
export function plainAccount(account: Account, now: Date): Record<string, unknown> {
  return {
    ...account,
    passwordHash: undefined,
    pepperId: undefined,
    epoch: undefined,
    standing: standing(account, now),
    hasPassword: account.passwordHash !== undefined,
  };
}
