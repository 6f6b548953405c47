/**
 * An application behind the gateway that trusts no header but the signed one. Needs Node.js 24 and nothing else:
 *
 *   ISSUER=https://login.example.hu AUDIENCE=https://crm.example.hu PORT=3000 node app.ts
 *
 * JWKS_URL, when the keys are to be fetched from elsewhere than the login host.
 */
import { createServer } from "node:http";
import { keysFrom, verifyAssertion } from "./verify-assertion.ts";

const { ISSUER = "", AUDIENCE = "", PORT = "3000", HOST = "127.0.0.1" } = process.env;
if (!ISSUER.startsWith("https://") || !AUDIENCE.startsWith("https://"))
  throw new Error("set ISSUER to the gateway's public address and AUDIENCE to this application's");
const findKey = keysFrom(process.env["JWKS_URL"] ?? `${ISSUER}/.well-known/jwks.json`);

const server = createServer((request, response) => {
  const token = request.headers["remote-assertion"];
  const answer = (status: number, body: object): void => {
    response.writeHead(status, {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
    });
    response.end(`${JSON.stringify(body)}\n`);
  };
  verifyAssertion(
    typeof token === "string" ? token : "",
    findKey,
    { issuer: ISSUER, audience: AUDIENCE },
    Date.now(),
  ).then(
    (claims) => {
      if (claims === undefined) answer(401, { error: "no valid assertion" });
      // By a role everything, by a grant what it says: settings, but no data.
      else if (claims.groups.includes("sales"))
        answer(200, { hello: claims.name, sees: ["settings", "data"] });
      else if (claims.scopes.includes("settings")) answer(200, { hello: claims.name, sees: ["settings"] });
      else answer(403, { error: "nothing here is open to you" });
    },
    // Without the gateway's keys nothing can be checked, so nothing opens.
    () => answer(503, { error: "the gateway's keys cannot be fetched" }),
  );
});
server.listen(Number(PORT), HOST, () => {
  const address = server.address();
  process.stdout.write(`listening on ${JSON.stringify(address)}\n`);
});
