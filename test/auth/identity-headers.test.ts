import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import t from "tap";
import type { Identity } from "../../src/auth/forward-auth.ts";
import { aliasIn, IDENTITY_HEADERS, identityHeaders, NOBODY } from "../../src/auth/identity-headers.ts";

const anna: Identity = {
  ...{ id: "a-1", user: "anna", name: "Anna", email: "anna@example.hu", groups: ["sales", "support"] },
  ...{ scopes: ["settings"], sessionId: "s-1", secondFactor: "totp" },
};

t.test("always all of them", async (t) => {
  t.strictSame(identityHeaders(anna, "x.y.z"), {
    "Remote-User": "anna",
    "Remote-Name": "Anna",
    "Remote-Email": "anna@example.hu",
    "Remote-Groups": "sales,support",
    "Remote-Scopes": "settings",
    "Remote-Assertion": "x.y.z",
  });
  const bare = identityHeaders({ ...anna, name: "", email: "", groups: [], scopes: [] }, "");
  for (const headers of [bare, NOBODY]) t.strictSame(Object.keys(headers), [...IDENTITY_HEADERS]);
  t.throws(() => identityHeaders({ ...anna, groups: ["sales,admin"] }, ""), TypeError);
  t.throws(() => identityHeaders({ ...anna, scopes: ["a\nb"] }, ""), TypeError);
});

t.test("any name arrives as UTF-8, on one line", async (t) => {
  const names = [
    "Őri Éva",
    "Ștefan",
    "名前",
    "a\r\nRemote-User: admin",
    "a\u0000b",
    "a\u0085b",
    "\ud800",
    " x ",
    "\u202ex",
  ];
  let name = "";
  const server = createServer((_request, response) => {
    response.writeHead(200, identityHeaders({ ...anna, name }, "")).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (name of [...names, ...fc.sample(fc.string({ unit: "binary" }), 30)]) {
    const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
      get({ port, host: "127.0.0.1" }, (response) => resolve(response.resume().headers)).on("error", reject);
    });
    t.equal(headers["remote-user"], "anna");
    const told = Buffer.from(String(headers["remote-name"]), "latin1").toString("utf8");
    t.notMatch(told, /[\u0000-\u001f\u007f]/);
    if (/^[\p{L} ]+$/u.test(name)) t.equal(told, name.normalize("NFC").trim());
  }
});

t.test("attack 9: other spellings of these headers are found", async (t) => {
  const aliases = [
    ...[
      "Remote_User",
      "REMOTE_USER",
      "remote_groups",
      "Remote-User_",
      "Remote.User",
      "Remote!User",
      "_Remote_User",
    ],
    ...[
      "X_Forwarded_For",
      "X-Forwarded_User",
      "x_forwarded-host",
      "X_Original_URL",
      "X_Real_IP",
      "Remote-Assertion_",
    ],
  ];
  for (const name of aliases) t.equal(aliasIn(["Host", "a.hu", name, "x"]), name, name);
  const ours = [
    "Remote-User",
    "REMOTE-USER",
    "X-Forwarded-For",
    "X-Original-URL",
    "Cookie",
    "X_Request_Id",
    "my_remote_x",
  ];
  t.equal(aliasIn(ours.flatMap((name) => [name, "Remote_User"])), undefined, "values are not looked at");
});
