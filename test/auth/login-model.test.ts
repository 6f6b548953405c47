/**
 * Signing in against a small model of what may be open: any order of right and wrong steps, on two accounts and three
 * browsers. Whatever opens must be open in the model; what was just signed in to must open.
 */
import fc from "fast-check";
import t from "tap";
import { disable, enable } from "../../src/auth/directory.ts";
import { approveGrant, requestGrant, revokeGrant } from "../../src/auth/grants.ts";
import type { By } from "../../src/auth/people.ts";
import type { Browser } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMIT = 100_000;
const OPERATOR: By = { actor: { kind: "operator", user: "root" } };
const URLS = { crm: "https://crm.example.hu/", vault: "https://vault.example.hu/" } as const;
type App = keyof typeof URLS;

const gateway = await withGateway(t, {
  lanes: { account: LIMIT, device: LIMIT, codes: LIMIT, sms: LIMIT, address: LIMIT },
  settings: { smsCaps: { aDay: LIMIT, aDayPerNumber: LIMIT } },
});
const people = gateway.node.gateway;
const owner = await gateway.person({ roles: ["crm-owner"] });
const ownerActs: By = { actor: { kind: "account", id: owner.id, name: owner.name } };

interface Who {
  person: Person;
  isStaff: boolean;
  isActive: boolean;
  epoch: number;
  /** Milliseconds since 1970; 0: none. */
  grantUntil: number;
  grantId: string | undefined;
  usedCode: string | undefined;
}
interface Seat {
  browser: Browser;
  device: { who: Who; epoch: number } | undefined;
  session:
    | { who: Who; epoch: number; factor: "totp" | "sms" | undefined; shownAt: number; seenAt: number }
    | undefined;
  vaultAt: number;
}
interface World {
  people: Who[];
  seats: Seat[];
  opened: number;
}

const at = (): number => gateway.now().getTime();
const call = () => ({ by: OPERATOR, now: gateway.now() });

function may({ session, vaultAt }: Seat, app: App): boolean {
  if (session === undefined) return false;
  const { who, epoch, factor, shownAt, seenAt } = session;
  if (!who.isActive || who.epoch !== epoch || at() - seenAt >= HOUR) return false;
  if (app === "crm") return who.isStaff || at() < who.grantUntil;
  return who.isStaff && factor === "totp" && at() - Math.max(shownAt, vaultAt) < 15 * MINUTE;
}

/** Whether the application opens in this browser with nobody typing anything; judged by the model as well. */
async function look(world: World, seat: Seat, app: App): Promise<boolean> {
  const page = await seat.browser.get(URLS[app]);
  const isOpen = page.status === 200 && page.url === URLS[app];
  if (isOpen && !may(seat, app)) throw new Error(`${app} is open and must not be`);
  if (isOpen) world.opened++;
  if (isOpen && app === "vault") seat.vaultAt = at();
  const { session } = seat;
  // Any of it may have counted as use.
  if (session !== undefined && at() - session.seenAt < HOUR) session.seenAt = at();
  return isOpen;
}

/** The node has looked for changes when a form is answered, whoever's it was: so nothing waits for a notice. */
const heard = async (): Promise<void> => {
  const { status } = await gateway.browser().post(`${LOGIN}/sign-out`, {});
  if (status !== 200) throw new Error(`a sign-out by nobody: ${status}`);
};

type Step = (world: World) => Promise<void>;
type Code = "right" | "wrong" | "reused" | "sms" | "none";

const signIn =
  (b: number, w: number, isRight: boolean, code: Code): Step =>
  async (world) => {
    const [seat, who] = [world.seats[b], world.people[w]];
    if (seat === undefined || who === undefined) return;
    const { browser } = seat;
    const { name, password } = who.person;
    const form = await browser.get(`${LOGIN}/sign-in`);
    if (form.url !== `${LOGIN}/sign-in`) return;
    let page = await browser.submit(form, { name, password: isRight ? password : `${password}x` });
    if (!isRight || !who.isActive) {
      if (page.status !== 401) throw new Error(`a wrong password, or a disabled account: ${page.status}`);
      return;
    }
    const { device } = seat;
    const isTrusted = device?.who === who && device.epoch === who.epoch;
    const begin = (factor: "totp" | "sms" | undefined): void => {
      seat.session = {
        who,
        epoch: who.epoch,
        factor,
        shownAt: factor === undefined ? 0 : at(),
        seenAt: at(),
      };
      seat.vaultAt = 0;
    };
    if (isTrusted) begin(undefined);
    else {
      if (!/\/sign-in\/code/.test(page.url)) throw new Error(`a new device without a code: ${page.url}`);
      if (code === "none") return;
      let typed = "000000";
      if (code === "right") typed = who.usedCode = await gateway.code(who.person);
      if (code === "reused") typed = who.usedCode ?? typed;
      if (code === "sms") {
        page = await browser.submit(page, {}, /sms/);
        await gateway.delivered();
        const sms = gateway.sent.findLast(({ kind }) => kind === "sms");
        typed = /\b\d{8}\b/.exec(sms?.text ?? "")?.[0] ?? "";
      }
      page = await browser.submit(page, { code: typed }, /code/);
      if (code === "wrong" || code === "reused") {
        if (page.status !== 401) throw new Error(`a ${code} code: ${page.status}`);
        return;
      }
      begin(code === "sms" ? "sms" : "totp");
      seat.device = { who, epoch: who.epoch };
    }
    for (const app of ["crm", "vault"] as const)
      if (may(seat, app) && !(await look(world, seat, app))) throw new Error(`${app} does not open`);
  };

/** The second factor once more, where an application asks for it. */
const stepUp =
  (b: number): Step =>
  async ({ seats }) => {
    const seat = seats[b];
    if (seat?.session === undefined) return;
    const page = await seat.browser.get(URLS.vault);
    if (!/\/sign-in\/code/.test(page.url) || !/action="\/sign-in\/code"/.test(page.body)) return;
    const { session } = seat;
    session.who.usedCode = await gateway.code(session.who.person);
    const done = await seat.browser.submit(page, { code: session.who.usedCode }, /code/);
    if (done.url !== URLS.vault || done.status !== 200) throw new Error(`no step up: ${done.url}`);
    Object.assign(session, { factor: "totp", shownAt: at(), seenAt: at() });
  };

const signOut =
  (b: number): Step =>
  async ({ seats }) => {
    const seat = seats[b];
    const page = await seat?.browser.get(`${LOGIN}/sign-out`);
    if (seat === undefined || page?.url !== `${LOGIN}/sign-out`) return;
    await seat.browser.submit(page);
    seat.session = undefined;
  };

const toggle =
  (w: number): Step =>
  async (world) => {
    const who = world.people[w];
    if (who === undefined) return;
    await (who.isActive ? disable : enable)(people, call(), who.person.id);
    who.isActive = !who.isActive;
    who.epoch++;
  };

const grant: Step = async ({ people: [, consultant] }) => {
  if (consultant === undefined || !consultant.isActive) return;
  const endsAt = new Date(at() + 30 * MINUTE);
  const wish = { application: "crm", scopes: ["settings"], reason: "a test", endsAt };
  const asked = await requestGrant(people, call(), consultant.person.id, wish);
  if ("refused" in asked) throw new Error(asked.refused);
  const approved = await approveGrant(people, { by: ownerActs, now: gateway.now() }, asked.grant.id);
  if ("refused" in approved) throw new Error(approved.refused);
  if (consultant.grantId !== undefined) await revokeGrant(people, call(), consultant.grantId);
  consultant.grantId = asked.grant.id;
  consultant.grantUntil = endsAt.getTime();
};

const endGrant: Step = async ({ people: [, consultant] }) => {
  if (consultant?.grantId === undefined) return;
  await revokeGrant(people, call(), consultant.grantId);
  consultant.grantId = undefined;
  consultant.grantUntil = 0;
};

const pass =
  (ms: number): Step =>
  () =>
    gateway.pass(ms);

/** A step with its name, for whoever reads a failure. */
interface Named {
  name: string;
  step: Step;
}
const seat = fc.nat(2);
const who = fc.nat(1);
const code = fc.constantFrom<Code[]>("right", "right", "right", "wrong", "reused", "sms", "none");
const time = fc.constantFrom(MINUTE, MINUTE, 16 * MINUTE, 2 * HOUR, 25 * HOUR);
const step: fc.Arbitrary<Named> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(seat, who, fc.constantFrom(true, true, true, false), code)
      .map(([b, w, right, kind]) => ({
        name: `signIn(${b}, ${w}, ${right}, ${kind})`,
        step: signIn(b, w, right, kind),
      })),
  },
  { weight: 2, arbitrary: seat.map((b) => ({ name: `stepUp(${b})`, step: stepUp(b) })) },
  { weight: 1, arbitrary: seat.map((b) => ({ name: `signOut(${b})`, step: signOut(b) })) },
  { weight: 2, arbitrary: who.map((w) => ({ name: `toggle(${w})`, step: toggle(w) })) },
  { weight: 2, arbitrary: fc.constant({ name: "grant", step: grant }) },
  { weight: 1, arbitrary: fc.constant({ name: "endGrant", step: endGrant }) },
  { weight: 3, arbitrary: time.map((ms) => ({ name: `pass(${ms / MINUTE} min)`, step: pass(ms) })) },
);

t.test("nothing is open that the model closes", async (t) => {
  let opened = 0;
  let phones = 0;
  const newWho = async (roles: string[]): Promise<Who> => ({
    person: await gateway.person({ roles, phone: `+3620${String(1_000_000 + phones++)}` }),
    ...{ isStaff: roles.includes("staff"), isActive: true, epoch: 1 },
    ...{ grantUntil: 0, grantId: undefined, usedCode: undefined },
  });
  const steps = fc
    .array(step, { minLength: 8, maxLength: 13 })
    .map((rest) => [{ name: "signIn(0, 0, true, right)", step: signIn(0, 0, true, "right") }, ...rest]);
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world: World = {
        people: await Promise.all([newWho(["staff"]), newWho([])]),
        seats: [1, 2, 3].map(() => ({
          ...{ browser: gateway.browser(), device: undefined, session: undefined, vaultAt: 0 },
        })),
        opened: 0,
      };
      for (const [i, { name, step }] of all.entries()) {
        try {
          await step(world);
          await heard();
          for (const seat of world.seats)
            for (const app of ["crm", "vault"] as const) await look(world, seat, app);
        } catch (error) {
          throw new Error(
            `step ${i}, ${name}, after ${all
              .slice(0, i)
              .map((one) => one.name)
              .join(" ")}`,
            {
              cause: error,
            },
          );
        }
      }
      opened += world.opened;
    }),
    { numRuns: 7, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
  );
  t.ok(opened >= 20, `opened ${opened} times`);
});
