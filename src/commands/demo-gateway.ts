/** `lakat demo gateway`: the gateway with nginx and a sample application in front of you, on this machine alone. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode } from "../auth/http/serve.ts";
import { migrate } from "../auth/store/migrate.ts";
import { parseConfig, type GatewayConfig } from "../config.ts";
import { startDemoProxy } from "../demo/demo-nginx.ts";
import { startSampleApplication } from "../demo/sample-application.ts";
import { Fault } from "../fault.ts";
import { startScratchCluster } from "../restore-test/scratch-cluster.ts";
import { text, type Call, type Command } from "./command.ts";
import { demoBoard } from "./demo-board.ts";
import { openGatewayPool } from "./gateway-database.ts";
import { nodeOptionsOf } from "./gateway-node.ts";
import { command as makeSecrets } from "./gateway-secrets.ts";
import { runLog } from "./log.ts";
import { readGatewaySecrets } from "./read-gateway-secrets.ts";
import { command as createStaff } from "./staff-create.ts";

const HOSTS = ["crm.localhost", "vault.localhost"];
const LOGIN = "login.localhost";

export const command: Command = {
  usage: `[options]

  --port PORT          where nginx listens on 127.0.0.1; default 8443

Needs PostgreSQL's server programs, nginx and openssl. Runs until Ctrl-C, and
removes everything it made.`,
  options: { port: { type: "string" } },
  async run(call) {
    const port = Number(text(call, "port") ?? "8443");
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new Fault("USAGE", "--port is a number from 1 to 65535", "Such as --port 8443.");
    const folder = await mkdtemp(join(tmpdir(), "lakat-demo-"));
    const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const outbox = join(folder, "outbox");
      const postgres = await startScratchCluster({
        folder,
        durability: false,
        listen: "loopback",
        signal: call.signal,
      });
      ends.push(() => postgres.destroy());
      await makeSecrets.run({ ...call, values: { out: folder } });
      await writeFile(join(folder, "postgres-password"), postgres.password, { mode: 0o600 });
      const file = join(folder, "lakat.yaml");
      const yaml = configOf(folder, outbox, port, postgres);
      await writeFile(file, yaml, { mode: 0o600 });
      const config = parseConfig(yaml, file) as GatewayConfig;
      const secrets = await readGatewaySecrets(config, call.env);
      const [pool, lanePool] = [
        await openGatewayPool(config, call.env, 6),
        await openGatewayPool(config, call.env, 4),
      ];
      ends.push(
        () => pool.end(),
        () => lanePool.end(),
      );
      await migrate(pool, call.now());
      const { settings, ...options } = await nodeOptionsOf(config, secrets);
      const board = demoBoard(pool, call.now(), config.time_zone);
      const anyPort = { host: "127.0.0.1", port: 0 };
      const log = runLog(call, "warn", "demo");
      const node = await startNode({
        ...options,
        settings: { ...settings, more: [board.menu] },
        areas: [board.routes],
        listen: { pages: anyPort, authz: anyPort, internal: anyPort },
        pool,
        lanePool,
        now: call.now,
        log,
      });
      ends.push(() => node.stop());
      const application = await startSampleApplication();
      ends.push(() => application.stop());
      const proxy = await startDemoProxy({
        folder,
        port,
        login: LOGIN,
        hosts: HOSTS,
        pages: node.ports.pages,
        authz: node.ports.authz,
        application: application.port,
      });
      ends.push(() => proxy.stop());
      const admin = await invite(call, file, "admin", ["administrator", "staff"]);
      const anna = await invite(call, file, "anna", ["staff"]);
      call.stdout.write(`${guide({ port, outbox, file, admin, anna })}\n`);
      await new Promise<void>((resolve) => {
        if (call.signal.aborted) resolve();
        call.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      for (const end of ends.reverse()) await end().catch(() => undefined);
    }
    return { text: "The demo has ended; nothing of it is left.", json: {}, findings: [] };
  },
};

async function invite(call: Call, config: string, name: string, roles: string[]): Promise<string> {
  const values = { config, email: `${name}@example.hu`, role: roles, "print-link": true };
  const { json } = await createStaff.run({ ...call, values, positionals: [name] });
  return (json["link"] as { url: string }).url;
}

interface Server {
  host: string;
  port: number;
  user: string;
}

function configOf(folder: string, outbox: string, port: number, postgres: Server): string {
  return `role: gateway
public_url: https://${LOGIN}:${port}
organisation: Lakat demo
trusted_proxies: [127.0.0.1]
postgres:
  host: ${postgres.host}
  port: ${postgres.port}
  user: ${postgres.user}
  password: { file: ${folder}/postgres-password }
  database: postgres
secret_key: { file: ${folder}/gateway-secret-key }
encryption_keys: [{ id: key-1, key: { file: ${folder}/gateway-encryption-1 } }]
peppers: [{ id: pepper-1, key: { file: ${folder}/gateway-pepper-1 } }]
assertion_keys: [${folder}/gateway-assertion-1.key]
audit_key: ${folder}/gateway-audit.key
outbox: ${outbox}
roles:
  - name: staff
applications:
  - name: crm
    url: https://crm.localhost:${port}
    roles: [staff]
    scopes: [settings]
    owners: [administrator]
  - name: vault
    url: https://vault.localhost:${port}
    roles: [staff]
    clear_data: true
`;
}

function guide({
  port,
  outbox,
  file,
  admin,
  anna,
}: {
  port: number;
  outbox: string;
  file: string;
  admin: string;
  anna: string;
}): string {
  return `The gateway runs, with nginx and a sample application, for this machine alone.
Your browser will warn of the certificate, once for each host: it was made for
this demo. Names that end in .localhost lead to this machine by themselves.

1. The administrator's invitation. Choose a password of 15 characters or more:
   ${admin}
2. Sign in, and set up a second step with any authenticator app:
   https://${LOGIN}:${port}/sign-in
3. Open the sample application, and one that reaches clear data and therefore
   asks for a code:
   https://crm.localhost:${port}/
   https://vault.localhost:${port}/
4. Accounts, locks, grants and the audit trail:
   https://${LOGIN}:${port}/admin
5. The board of the backups, with three months of evidence of clusters that do
   not exist. Leave it open: without news it turns red by itself after a day.
   https://${LOGIN}:${port}/backups
   Make a wall display there, and type its code in another browser at
   https://${LOGIN}:${port}/wall
6. A colleague, in another browser or a private window:
   ${anna}
   Sign in there as anna with a second step. Then sign out in the first browser,
   and type anna's password wrong six times: it is locked out of her account, as
   a stranger's would be, while she still gets in with hers.

Mails and SMS are files: ${outbox}
On the host, in another terminal:
  ./lakat staff list --config ${file}
  ./lakat audit list --config ${file}

Ctrl-C ends it and removes everything.`;
}
