import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import { sessionsOn } from "../../../src/auth/store/sessions.ts";
import { signInsOn } from "../../../src/auth/store/sign-ins.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { later, peopleOn } from "../../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const account = await bench.account("anna");
const { sessionId } = await bench.session(account);
const { sessionId: otherSession } = await bench.session(account);

t.test("entering again and again leaves no tickets behind", async (t) => {
  const ticket = (minutes: number, session = sessionId): Promise<void> =>
    sessionsOn(pool).insertTicket({
      tokenHash: randomBytes(32),
      sessionId: session,
      host: "crm.example.hu",
      stateHash: randomBytes(32),
      expiresAt: later(minutes),
    });
  await ticket(0, otherSession);
  for (let minute = 0; minute < 20; minute++) await ticket(minute);
  const left = await pool.query("SELECT session_id AS id FROM ticket ORDER BY expires_at");
  t.match(left.rows, [{ id: otherSession }, { id: sessionId }, { id: sessionId }, { id: sessionId }]);
  t.equal(left.rowCount, 4);
});

t.test("nor do steps up of one session, which a browser holds the newest of", async (t) => {
  const begin = (minutes: number, session: string | undefined): Promise<void> =>
    signInsOn(pool).insert(
      {
        id: randomUUID(),
        accountId: account.id,
        epoch: 1,
        deviceId: undefined,
        sessionId: session,
        full: false,
        address: "192.0.2.1",
        userAgent: "test",
        createdAt: later(minutes),
        expiresAt: later(minutes + 10),
      },
      randomBytes(32),
    );
  await begin(0, undefined);
  await begin(0, otherSession);
  for (let minute = 0; minute < 20; minute++) await begin(minute, sessionId);
  const left = await pool.query<{ id: string | null }>(
    "SELECT session_id AS id FROM sign_in ORDER BY created_at",
  );
  t.equal(left.rows.filter(({ id }) => id === sessionId).length, 2);
  t.equal(left.rowCount, 4, "those of others stay");
});
