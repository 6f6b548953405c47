/** Links in mails, and what answers tell of who has an account. */
import t from "tap";
import { newToken } from "../../src/auth/token.ts";
import { createAccount } from "../../src/auth/invite.ts";
import { disable } from "../../src/auth/directory.ts";
import type { By } from "../../src/auth/people.ts";
import { type Browser, type Page, withoutTokens } from "../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../fixtures/gateway.ts";
import { rawHttp, rawRequest } from "../fixtures/raw-http.ts";
import { tokenIn } from "../fixtures/people.ts";

const OPERATOR: By = { actor: { kind: "operator", user: "root" } };
const HOUR = 3_600_000;
const CHOSEN = "winter lamp orchard 92 quiet";
const gateway = await withGateway(t, { lanes: { "reset-address": 1000, "reset-account": 100 } });
const { node } = gateway;

const mailsTo = async (email: string): Promise<{ text: string }[]> => {
  await gateway.delivered();
  return gateway.sent.filter((mail) => mail.kind === "mail" && mail.to === email);
};
const askReset = async (typed: string, browser = gateway.browser()): Promise<Page> =>
  browser.submit(await browser.get(`${LOGIN}/forgotten`), { name: typed });
const resetTokenOf = async (person: Person): Promise<string> => {
  await askReset(person.name);
  return tokenIn((await mailsTo(person.email)).at(-1));
};
let invited = 0;
const invite = async (): Promise<{ id: string; name: string; token: string }> => {
  const name = `new-${++invited}`;
  const answer = await createAccount(
    node.gateway,
    { by: OPERATOR, now: gateway.now() },
    { name, displayName: name, email: `${name}@example.hu`, language: "en", roles: [] },
  );
  if ("refused" in answer) throw new Error(answer.refused);
  return { id: answer.account.id, name, token: tokenIn((await mailsTo(`${name}@example.hu`)).at(-1)) };
};
/** Sends the form of a link without having looked at its page. */
const redeem = async (kind: string, token: string, browser: Browser = gateway.browser()): Promise<Page> => {
  const form = await browser.get(`${LOGIN}/forgotten`);
  const formToken = /name="token" value="([^"]*)"/.exec(form.body)?.[1] ?? "";
  return browser.post(`${LOGIN}/${kind}/${token}`, { token: formToken, password: CHOSEN });
};
const passwordOf = async (id: string): Promise<string | null | undefined> =>
  (
    await gateway.rows<{ password_hash: string | null }>("SELECT password_hash FROM account WHERE id = $1", [
      id,
    ])
  )[0]?.password_hash;

t.test("attack 17: whatever host a request claims, the mail leads to the configured address", async (t) => {
  const person = await gateway.person();
  const page = await gateway.browser().get(`${LOGIN}/forgotten`);
  const token = /name="token" value="([^"]*)"/.exec(page.body)?.[1] ?? "";
  const body = new URLSearchParams({ token, name: person.name }).toString();
  const evil = "evil.example";
  const forged: [line: string, host: string, more: string[]][] = [
    ["/forgotten", "login.example.hu", [`X-Forwarded-Host: ${evil}`, "X-Forwarded-Proto: http"]],
    [
      "/forgotten",
      "login.example.hu",
      [`Forwarded: host=${evil};proto=http`, `X-Host: ${evil}`, `X-Original-URL: https://${evil}/`],
    ],
    ["/forgotten", "login.example.hu:8080", [`X-Forwarded-Server: ${evil}`, "X-Forwarded-Port: 8080"]],
    [`https://${evil}/forgotten`, "login.example.hu", [`Referer: https://${evil}/`]],
    ["/forgotten", evil, []],
    ["/forgotten", `login.example.hu@${evil}`, []],
    ["/forgotten", `login.example.hu`, [`Host: ${evil}`]],
  ];
  const answers = await Promise.all(
    forged.map(([path, host, more]) =>
      rawHttp(
        node.ports.pages,
        rawRequest(
          [
            `POST ${path} HTTP/1.1`,
            `Host: ${host}`,
            ...more,
            `Origin: ${LOGIN}`,
            "X-Forwarded-For: 192.0.2.9",
            "Content-Type: application/x-www-form-urlencoded",
            `Content-Length: ${body.length}`,
            "Connection: close",
          ],
          body,
        ),
      ),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  t.strictSame(statuses.slice(0, 4), [200, 200, 200, 200]);
  t.strictSame(statuses.slice(4), [404, 400, 400]);
  const mails = await mailsTo(person.email);
  t.equal(mails.length, 4, "those that named our host got through");
  for (const { text } of mails) {
    t.notMatch(text, /evil|http:|8080/);
    t.match(text, /\nhttps:\/\/login\.example\.hu\/reset\/[\w-]{43}\n/);
  }
});

t.test("attack 17: the step with the link cannot be left out", async (t) => {
  const anna = await gateway.person();
  const bela = await gateway.person();
  const before = [await passwordOf(anna.id), await passwordOf(bela.id)];
  const token = await resetTokenOf(anna);
  const invitation = (await invite()).token;
  const wrong: [kind: string, token: string][] = [
    ...["", "undefined", "null", "..", anna.id, newToken().text, `${token}x`, token.slice(1)].map(
      (text): [string, string] => ["reset", text],
    ),
    ["invitation", token],
    ["not-me", newToken().text],
    ["reset", invitation],
  ];
  // Two at once, which is as many as are judged at the same time.
  for (let i = 0; i < wrong.length; i += 2)
    await Promise.all(
      wrong.slice(i, i + 2).map(async ([kind, text]) => {
        const { status } = await redeem(kind, text);
        t.ok(status === 404 || status === 410 || status === 414, `${kind}/${text}: ${status}`);
      }),
    );
  const noForm = await gateway.browser().post(`${LOGIN}/reset/${token}`, { password: CHOSEN });
  t.equal(noForm.status, 403, "a form without its token");
  t.strictSame([await passwordOf(anna.id), await passwordOf(bela.id)], before);

  const signedIn = gateway.browser();
  await gateway.signIn(signedIn, bela);
  t.equal((await redeem("reset", token, signedIn)).status, 403, "somebody else's link, while signed in");
  t.equal((await redeem("reset", token)).status, 200);
  t.not(await passwordOf(anna.id), before[0]);
  t.equal(await passwordOf(bela.id), before[1]);
  t.equal((await redeem("reset", token)).status, 410, "used");
  const older = await resetTokenOf(anna);
  await resetTokenOf(anna);
  t.equal((await redeem("reset", older)).status, 410, "a newer one was asked for");
});

/** An answer without what differs from one request to the next. */
const plain = ({ status, headers, body }: Page, typed: string): unknown => ({
  status,
  body: withoutTokens(body.replaceAll(typed, "NAME")),
  headers: {
    ...headers,
    date: "",
    "content-length": "",
    "content-security-policy": String(headers["content-security-policy"]).replace(/'nonce-[^']*'/, ""),
  },
});

/** Five kinds of whom one may ask for; each answer the same. */
const kinds = async (): Promise<[kind: string, name: string, password: string][]> => {
  const [right, off, locked, over] = await Promise.all([1, 2, 3, 4].map(() => gateway.person()));
  if (!right || !off || !locked || !over) throw new Error("nobody");
  await gateway.rows("UPDATE account SET status = 'disabled' WHERE id = $1", [off.id]);
  await gateway.rows("UPDATE account SET locked_reason = 'administrator' WHERE id = $1", [locked.id]);
  await gateway.rows("UPDATE account SET ends_at = $2 WHERE id = $1", [over.id, gateway.now()]);
  const waiting = await invite();
  return [
    ["unknown", "nobody-at-all", "whatever it may be"],
    ["no name", "???", "whatever it may be"],
    ["wrong", right.name, "whatever it may be"],
    ["disabled", off.name, off.password],
    ["locked", locked.name, locked.password],
    ["ended", over.name, over.password],
    ["invited", waiting.name, "whatever it may be"],
  ];
};

const whom = await kinds();

t.test("attack 18: a reset and a sign-in answer everybody alike", async (t) => {
  const answers = await Promise.all(
    whom.map(async ([, name, password]) => {
      const reset = plain(await askReset(name), name);
      const browser = gateway.browser();
      const signIn = await browser.submit(await browser.get(`${LOGIN}/sign-in`), { name, password });
      t.equal(signIn.status, 401, name);
      t.equal(browser.cookies.get("login.example.hu")?.size ?? 0, 0, "no cookie tells");
      return { reset, signIn: plain(signIn, name) };
    }),
  );
  for (const answer of answers) t.strictSame(answer, answers[0]);
});

t.test("attack 18: nor does the time of an answer tell", async (t) => {
  const person = await gateway.person();
  const page = await gateway.browser().get(`${LOGIN}/sign-in`);
  const guess = { name: person.name, password: "whatever it may be" };
  await Promise.all([1, 2, 3, 4, 5, 6].map(() => gateway.browser().submit(page, guess)));
  const all = [...whom, ["locked lane", person.name, person.password] as const];
  const least = new Map<string, number>();
  for (let round = 0; round < 4; round++)
    await Promise.all(
      all.map(async ([kind, name, password]) => {
        const began = performance.now();
        await gateway.browser().submit(page, { name, password });
        least.set(kind, Math.min(least.get(kind) ?? Infinity, performance.now() - began));
      }),
    );
  // On a busy machine any answer may be late; none is ever early, which is what would tell.
  for (const [kind, ms] of least) t.ok(ms >= 245, `${kind}: ${Math.round(ms)} ms`);
});

t.test("attack 18: no page gives an account's id away", async (t) => {
  const person = await gateway.person();
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  const stranger = gateway.browser();
  const shown = [
    await askReset(person.name),
    await stranger.submit(await stranger.get(`${LOGIN}/sign-in`), {
      name: person.name,
      password: person.password,
    }),
  ];
  for (const { body, headers } of shown) t.notMatch(body + JSON.stringify(headers), person.id);
});

t.test("attack 20: an invitation ends by itself, to the second", async (t) => {
  const [first, second] = [await invite(), await invite()];
  await gateway.pass(72 * HOUR - 60_000);
  t.equal((await redeem("invitation", first.token)).status, 200, "a minute before");
  await gateway.pass(61_000);
  t.equal((await gateway.browser().get(`${LOGIN}/invitation/${second.token}`)).status, 410);
  t.equal((await redeem("invitation", second.token)).status, 410, "a second after");
  t.equal(
    (await gateway.rows("SELECT FROM link WHERE used_at IS NULL AND expires_at < $1", [gateway.now()]))
      .length > 0,
    true,
    "no sweeper took it",
  );
  t.equal(await passwordOf(second.id), null);
});

t.test("attack 20: whoever only looks at a link uses nothing up", async (t) => {
  const { id, token } = await invite();
  const url = `${LOGIN}/invitation/${token}`;
  const scanner = gateway.browser({ userAgent: "LinkScanner/1.0" });
  for (const method of ["GET", "HEAD", "GET", "OPTIONS", "PUT"])
    await Promise.all([1, 2, 3].map(() => scanner.ask(url, { method })));
  t.equal((await scanner.post(url, { password: CHOSEN })).status, 403, "not even by POST without the form");
  t.equal(await passwordOf(id), null);
  const person = gateway.browser();
  const done = await person.submit(await person.get(url), { password: CHOSEN });
  t.equal(done.status, 200);
  t.equal(person.cookie("login.example.hu", "__Host-lakat"), undefined, "and signs nobody in");
});

t.test("attack 20: one link, one redemption; another account's never", async (t) => {
  const { id, token } = await invite();
  const both = await Promise.all([redeem("invitation", token), redeem("invitation", token)]);
  t.strictSame(both.map(({ status }) => status).sort(), [200, 410]);

  const other = await invite();
  const used = await redeem("invitation", other.token);
  t.equal(used.status, 200);
  const hash = await passwordOf(id);
  const form = await gateway.browser().get(`${LOGIN}/forgotten`);
  const formToken = /name="token" value="([^"]*)"/.exec(form.body)?.[1] ?? "";
  const third = await invite();
  const aimed = await gateway.browser().post(`${LOGIN}/invitation/${third.token}?name=new-1`, {
    token: formToken,
    name: "new-1",
    account: id,
    id,
    password: `${CHOSEN} too`,
  });
  t.equal(aimed.status, 200);
  t.equal(await passwordOf(id), hash, "the link says whose it is, and nothing else does");

  const gone = await invite();
  t.ok("account" in (await disable(node.gateway, { by: OPERATOR, now: gateway.now() }, gone.id)));
  t.equal((await redeem("invitation", gone.token)).status, 410, "disabled since");
  t.equal(await passwordOf(gone.id), null);
});
