/** What a restore tells the operator to do next, after it went well and after it did not. */
import t from "tap";
import { restorable } from "../fixtures/restorable.ts";

const { source, host, target, restore, damaged } = await restorable(t);

t.test("a fault in one database says which are whole already", async (t) => {
  await damaged(
    "crm/data-01.dump.zst.age",
    (whole) => whole.subarray(0, -1),
    async () => {
      const { exit, stderr } = await restore(["--from", "local"]);
      t.equal(exit, 1);
      t.match(stderr, /^lakat: BACKUP_DAMAGED: .*Whole already: billing\.eu; restore the others one by one/);
    },
  );
  t.strictSame((await target.database("billing.eu").query("SELECT FROM bills")).rowCount, 7);
  const { exit, stderr } = await restore(["--database", "crm"]);
  t.equal(exit, 0, stderr);
  await target.clean();
});

t.test("roles without a password, subscriptions at rest, and the server's own files", async (t) => {
  await source
    .database("crm")
    .query(
      "CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
  t.equal((await host.backup()).exit, 0);
  const { exit, stdout, stderr } = await restore([]);
  t.equal(exit, 0, stderr);
  t.match(stdout, /Next: set the passwords of the roles clerk /);
  t.match(stdout, /^enable the subscriptions crm\.feed when/m);
  t.match(stdout, /postgresql\.conf and pg_hba\.conf, which no backup holds/);
  t.notMatch(stdout, /under another name/);
});

t.test("a database under another name has not everything", async (t) => {
  const { exit, stdout, stderr } = await restore(["--database", "crm"], { to: target.database("copy").uri });
  t.equal(exit, 0, stderr);
  t.match(stdout, /^give copy its owner, rights and settings/m);
  await target.database("copy").query("ALTER SUBSCRIPTION feed SET (slot_name = NONE)");
});
