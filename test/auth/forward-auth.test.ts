import fc from "fast-check";
import t from "tap";
import {
  openApplications,
  STRICT_POLICY,
  type DeclaredApplication,
  type Match,
} from "../../src/auth/application.ts";
import { ADMINISTRATOR_ROLE, policiesOf, strictPolicy } from "../../src/auth/settings.ts";
import { CLOCK_TOLERANCE, decide, type GrantFacts, type SessionFacts } from "../../src/auth/forward-auth.ts";

const NOW = new Date("2026-03-02T10:00:00Z");
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);
const HOST = "crm.example.hu";
const [MINUTE, HOUR] = [60, 3600];
const SESSIONS = {
  ...{ idleMs: 3_600_000, absoluteMs: 86_400_000 },
  ...{ strictIdleMs: 900_000, strictAbsoluteMs: 43_200_000 },
};

const base: DeclaredApplication = {
  ...{ name: "crm", url: `https://${HOST}`, roles: ["sales", "support"] },
  ...{ scopes: ["settings", "export"], second_factor: "new-device", sms: true, clear_data: false },
  ...{ public: [], owners: [] },
};
function match(more: Partial<DeclaredApplication> = {}, isPublic = false): Match {
  const [application] = openApplications([{ ...base, ...more }]).all;
  if (application === undefined) throw new Error("no application");
  return { application, isPublic };
}

type Changes = { [K in keyof SessionFacts]?: Partial<SessionFacts[K]> };
const with_ = (changes: Changes = {}): SessionFacts => ({
  account: {
    ...{ id: "a-1", name: "anna", displayName: "Anna", email: "anna@example.hu", status: "active" },
    ...{ locked: false, mustReset: false, endsAt: null, epoch: 3, roles: ["sales"] },
    ...{ policies: [], grants: [] },
    ...changes.account,
  },
  session: {
    ...{
      id: "s-1",
      epoch: 3,
      deviceId: "d-1",
      createdAt: ago(10 * MINUTE),
      authenticatedAt: ago(10 * MINUTE),
    },
    ...{ secondFactor: "totp", secondFactorAt: ago(10 * MINUTE), lastSeenAt: ago(MINUTE), idleSeconds: HOUR },
    ...{ expiresAt: ago(-HOUR), endedAt: null },
    ...changes.session,
  },
  appSession: {
    host: HOST,
    createdAt: ago(5 * MINUTE),
    lastSeenAt: ago(MINUTE),
    endedAt: null,
    ...changes.appSession,
  },
});
const grant = (more: Partial<GrantFacts> = {}): GrantFacts => ({
  ...{ application: "crm", scopes: ["settings"], startsAt: ago(HOUR), endsAt: ago(-HOUR) },
  ...{ approvedAt: ago(2 * HOUR), revokedAt: null },
  ...more,
});
const answer = (m: Match, facts: SessionFacts | undefined, now = NOW): string => {
  const decision = decide(m, HOST, facts, now);
  return "reason" in decision ? `${decision.outcome}: ${decision.reason}` : decision.outcome;
};

t.test("who may pass, and as whom", async (t) => {
  t.strictSame(decide(match(), HOST, with_(), NOW), {
    outcome: "allow",
    identity: {
      ...{ id: "a-1", user: "anna", name: "Anna", email: "anna@example.hu", groups: ["sales"], scopes: [] },
      ...{ sessionId: "s-1", secondFactor: "totp" },
    },
  });
  const device = with_({ session: { secondFactor: null, secondFactorAt: null } });
  t.equal(answer(match(), device), "allow", "a trusted device stands in for the second factor");
  t.equal(answer("unknown", with_()), "unknown-host");
  t.equal(answer("ambiguous", with_()), "forbidden: ambiguous-path");
  t.equal(answer(match({}, true), undefined), "public");
  t.equal(answer(match({}, true), with_()), "public", "and nobody is named there");
  t.equal(answer(match(), undefined), "sign-in: no-session");
});

/** Each is one single fact that is not as it should be; nothing else is wrong. */
const bad: [name: string, answer: string, changes: Changes][] = [
  ["invited", "sign-in: account-disabled", { account: { status: "invited" } }],
  ["disabled", "sign-in: account-disabled", { account: { status: "disabled" } }],
  ["its last moment is now", "sign-in: account-ended", { account: { endsAt: NOW } }],
  ["ended", "sign-in: account-ended", { account: { endsAt: ago(1) } }],
  ["end is no time", "sign-in: account-ended", { account: { endsAt: new Date(NaN) } }],
  ["this was not me", "sign-in: account-locked", { account: { locked: true } }],
  ["changed since", "sign-in: account-changed", { account: { epoch: 4 } }],
  ["older than the session", "sign-in: account-changed", { account: { epoch: 2 } }],
  ["reset asked for", "sign-in: reset-required", { account: { mustReset: true } }],
  ["no role", "forbidden: no-role", { account: { roles: [] } }],
  ["another role", "forbidden: no-role", { account: { roles: ["sale", "Sales", "owner"] } }],
  ["ended session", "sign-in: session-ended", { session: { endedAt: ago(1) } }],
  ["ended in a moment to come", "sign-in: session-ended", { session: { endedAt: ago(-1) } }],
  ["left this application", "sign-in: session-ended", { appSession: { endedAt: ago(1) } }],
  ["cookie of another host", "sign-in: other-host", { appSession: { host: "wiki.example.hu" } }],
  ["idle for its hour", "sign-in: idle", { session: { lastSeenAt: ago(HOUR) } }],
  ["idle for its own limit", "sign-in: idle", { session: { idleSeconds: MINUTE } }],
  ["expired now", "sign-in: expired", { session: { expiresAt: NOW } }],
  ["a day old, whatever its row says", "sign-in: expired", { session: { createdAt: ago(24 * HOUR) } }],
  ["no time at all", "sign-in: clock", { session: { lastSeenAt: new Date(NaN) } }],
  ["made in the future", "sign-in: clock", { session: { createdAt: ago(-6) } }],
  ["signed in in the future", "sign-in: clock", { session: { authenticatedAt: ago(-6) } }],
  ["factor in the future", "sign-in: clock", { session: { secondFactorAt: ago(-6) } }],
  ["seen in the future", "sign-in: clock", { session: { lastSeenAt: ago(-6) } }],
  ["entered in the future", "sign-in: clock", { appSession: { createdAt: ago(-6) } }],
  ["used in the future", "sign-in: clock", { appSession: { lastSeenAt: ago(-6) } }],
];
const firstOnly = { deviceId: null, secondFactor: null, secondFactorAt: null };

t.test("one fact that is wrong is enough", async (t) => {
  for (const [name, expected, changes] of bad) t.equal(answer(match(), with_(changes)), expected, name);
  t.equal(answer(match(), with_(), new Date(NaN)), "sign-in: clock");
});

t.test("attack 15: a session with only its first factor done is none", async (t) => {
  t.equal(answer(match(), with_({ session: firstOnly })), "sign-in: first-factor-only");
  const untimed = { ...firstOnly, secondFactor: "totp" as const };
  t.equal(
    answer(match(), with_({ session: untimed })),
    "sign-in: first-factor-only",
    "a factor with no time",
  );
});

t.test("clear data: always a second factor, never SMS, 15 minutes, 12 hours", async (t) => {
  const clear = match({ clear_data: true });
  t.equal(answer(clear, with_()), "allow");
  const old = { createdAt: ago(13 * HOUR), authenticatedAt: ago(12 * HOUR), secondFactorAt: ago(12 * HOUR) };
  const cases: [name: string, answer: string, changes: Changes][] = [
    ["device alone", "step-up: second-factor", { session: { secondFactor: null, secondFactorAt: null } }],
    ["SMS", "step-up: sms-not-enough", { session: { secondFactor: "sms" } }],
    ["recovery code", "allow", { session: { secondFactor: "recovery-code" } }],
    ["12 hours", "step-up: expired", { session: old }],
    ["no role", "forbidden: no-role", { account: { roles: [] }, session: { secondFactor: "sms" } }],
  ];
  for (const [name, expected, changes] of cases) t.equal(answer(clear, with_(changes)), expected, name);
  const hour = { createdAt: ago(HOUR), authenticatedAt: ago(HOUR), secondFactorAt: ago(HOUR) };
  t.equal(answer(clear, with_({ session: hour })), "allow", "in use here");
  const unused = { createdAt: ago(HOUR), lastSeenAt: ago(15 * MINUTE) };
  t.equal(answer(clear, with_({ session: hour, appSession: unused })), "step-up: idle", "in use elsewhere");
  const entered = { createdAt: ago(1), lastSeenAt: ago(1) };
  t.equal(
    answer(clear, with_({ session: hour, appSession: entered })),
    "step-up: idle",
    "entered by a ticket alone",
  );
  t.equal(
    answer(match(), with_({ session: hour, appSession: entered })),
    "allow",
    "elsewhere that is enough",
  );
});

t.test("administrators: the same everywhere", async (t) => {
  const roles = [ADMINISTRATOR_ROLE, "sales"];
  const ask = (changes: Changes["session"], more: Changes["account"] = {}): string => {
    const policies = policiesOf({ rolePolicies: new Map(), sessions: SESSIONS }, roles);
    return answer(match(), with_({ account: { roles, policies, ...more }, session: changes ?? {} }));
  };
  t.equal(ask({}), "allow");
  t.equal(ask({ secondFactor: null, secondFactorAt: null }), "step-up: second-factor");
  t.equal(ask({ secondFactor: "sms" }), "step-up: sms-not-enough");
  t.equal(ask({ lastSeenAt: ago(15 * MINUTE) }), "sign-in: idle");
  t.equal(ask({ createdAt: ago(12 * HOUR) }), "sign-in: expired");
  t.equal(
    ask({ secondFactor: "sms" }, { roles: ["sales"], policies: [STRICT_POLICY] }),
    "step-up: sms-not-enough",
    "a role's policy",
  );
  const always = match({ second_factor: "always", sms: false });
  t.equal(answer(always, with_({ session: { secondFactor: "sms" } })), "step-up: sms-not-enough");
});

t.test("the configuration makes the strict limits shorter, never longer", async (t) => {
  const shorter = { ...SESSIONS, strictIdleMs: 300_000, strictAbsoluteMs: 3_600_000 };
  const policies = policiesOf({ rolePolicies: new Map(), sessions: shorter }, [ADMINISTRATOR_ROLE]);
  const administrator = (session: Changes["session"]): string =>
    answer(match(), with_({ account: { policies }, session: session ?? {} }));
  t.equal(administrator({ lastSeenAt: ago(299) }), "allow");
  t.equal(administrator({ lastSeenAt: ago(300) }), "sign-in: idle");
  t.equal(administrator({ createdAt: ago(HOUR) }), "sign-in: expired");
  const [application] = openApplications([{ ...base, clear_data: true }], strictPolicy(shorter)).all;
  if (application === undefined) throw new Error("no application");
  const clear = (facts: Changes): string => answer({ application, isPublic: false }, with_(facts));
  const unused = { createdAt: ago(HOUR), lastSeenAt: ago(300) };
  t.equal(clear({}), "allow");
  t.equal(clear({ appSession: unused }), "step-up: idle");
  t.equal(clear({ session: { authenticatedAt: ago(HOUR) } }), "step-up: expired");
  const longer = { ...SESSIONS, strictIdleMs: 3_600_000, strictAbsoluteMs: 86_400_000 };
  t.strictSame(strictPolicy(longer), STRICT_POLICY);
});

t.test("a grant opens its scopes, from its start up to its end, by this clock", async (t) => {
  const ask = (grants: GrantFacts[], m = match()): string => {
    const decision = decide(m, HOST, with_({ account: { roles: ["consultant"], grants } }), NOW);
    return decision.outcome === "allow" ? `allow ${decision.identity.scopes.join()}` : decision.outcome;
  };
  t.equal(ask([grant()]), "allow settings");
  t.equal(
    ask([grant({ scopes: ["export", "other"] }), grant()]),
    "allow settings,export",
    "declared ones only",
  );
  t.equal(ask([grant({ startsAt: NOW })]), "allow settings");
  t.equal(ask([grant()], match({ scopes: [] })), "forbidden");
  const no: Partial<GrantFacts>[] = [
    { endsAt: NOW },
    { endsAt: ago(1) },
    { startsAt: ago(-1) },
    { approvedAt: null },
    { approvedAt: ago(-1) },
    { revokedAt: ago(1) },
    { revokedAt: ago(-HOUR) },
    { application: "wiki" },
    { scopes: ["other"] },
    { scopes: [] },
    { endsAt: new Date(NaN) },
  ];
  for (const more of no) t.equal(ask([grant(more)]), "forbidden", JSON.stringify(more));
});

t.test("never open while any fact is bad, whatever the others are", async () => {
  const facts = bad.filter(([, said]) => said.startsWith("sign-in")).map(([, , changes]) => changes);
  facts.push({ session: firstOnly });
  fc.assert(
    fc.property(
      fc.subarray(facts, { minLength: 1 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom("totp", "sms", "recovery-code"),
      (chosen, strict, clear_data, secondFactor) => {
        const policies = strict ? [STRICT_POLICY] : [];
        const changes: Changes = { account: { policies, grants: [grant()] }, session: { secondFactor } };
        for (const { account, session, appSession } of chosen) {
          changes.account = { ...changes.account, ...account };
          changes.session = { ...changes.session, ...session };
          changes.appSession = { ...changes.appSession, ...appSession };
        }
        return decide(match({ clear_data }), HOST, with_(changes), NOW).outcome === "sign-in";
      },
    ),
  );
});

t.test("a clock set back opens nothing that was closed", async () => {
  // In use until some moment, then looked at `later`, and once more with the clock set back from there.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 90_000 }), (later, back) => {
      const facts = with_({ session: { lastSeenAt: NOW }, appSession: { lastSeenAt: NOW } });
      const at = NOW.getTime() + later * 1000;
      const open = (time: number): boolean =>
        decide(match(), HOST, facts, new Date(time)).outcome === "allow";
      const set = at - back * 1000;
      return set >= NOW.getTime() - CLOCK_TOLERANCE || !open(set);
    }),
  );
});
