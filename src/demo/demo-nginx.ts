/** Adapter: nginx with the configuration of infra/proxies, its names and ports replaced, in front of the demo. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { errno, Fault, firstLine } from "../fault.ts";

const INFRA = new URL("../../infra/proxies/nginx/", import.meta.url);
const run = promisify(execFile);

export interface DemoProxy {
  /** For its files; must exist. */
  folder: string;
  port: number;
  login: string;
  /** Hosts of the applications; all lead to the one sample application. */
  hosts: string[];
  pages: number;
  authz: number;
  application: number;
}

/** Starts nginx on 127.0.0.1 with a certificate of its own. Throws PROGRAM_MISSING, LISTEN_FAILED. */
export async function startDemoProxy(proxy: DemoProxy): Promise<{ stop(): Promise<void> }> {
  const { folder, port } = proxy;
  await makeCertificate(folder, [proxy.login, ...proxy.hosts]);
  await mkdir(join(folder, "lakat"));
  for (const name of ["client", "application", "identity"])
    await writeFile(join(folder, "lakat", `${name}.conf`), await read(`${name}.conf`));
  await writeFile(join(folder, "site.conf"), siteOf(await read("site.conf"), proxy));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const account = process.getuid?.() === 0 ? "user root;" : "";
  const main = `${account} daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
events {} http { access_log off; ${paths.join(" ")} include ${folder}/site.conf; }`;
  await writeFile(join(folder, "nginx.conf"), main);
  // Debian's lies where only root's PATH leads.
  const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin` };
  const child = spawn("nginx", ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4096)));
  let failed: unknown;
  child.on("error", (error) => (failed = error));
  const over = (): boolean => failed !== undefined || child.exitCode !== null;
  for (let tries = 0; !over() && !(await answers(port)); tries++) {
    if (tries > 200) break;
    await sleep(50);
  }
  if (over()) throw notStarted(failed, said, port);
  return {
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function notStarted(error: unknown, said: string, port: number): Fault {
  if (errno(error) === "ENOENT")
    return new Fault("PROGRAM_MISSING", "nginx was not found", "Install it: `apt-get install nginx-light`.");
  return new Fault(
    "LISTEN_FAILED",
    `nginx did not start: ${firstLine(said)}`,
    `Choose another port than ${port} with --port.`,
  );
}

/** The example's own names and ports become the demo's; its block of an application is there once for each host. */
function siteOf(site: string, { folder, port, login, hosts, pages, authz, application }: DemoProxy): string {
  const start = site.indexOf("# An application. For the next one copy this block.");
  if (start < 0) throw new Error("infra/proxies/nginx/site.conf is not what the demo expects");
  const block = site.slice(start);
  return [site.slice(0, start), ...hosts.map((host) => block.replaceAll("crm.example.hu", host))]
    .join("\n")
    .replaceAll("login.example.hu", login)
    .replaceAll("/etc/ssl/lakat", folder)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("127.0.0.1:9080", `127.0.0.1:${pages}`)
    .replaceAll("127.0.0.1:9081", `127.0.0.1:${authz}`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${application}`);
}

async function makeCertificate(folder: string, hosts: string[]): Promise<void> {
  const made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"];
  const names = [
    "-subj",
    `/CN=${hosts[0] ?? ""}`,
    "-addext",
    `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`,
  ];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  try {
    await run("openssl", ["req", ...made, ...names, ...files]);
  } catch (error) {
    if (errno(error) === "ENOENT")
      throw new Fault("PROGRAM_MISSING", "openssl was not found", "Install it: `apt-get install openssl`.");
    throw error;
  }
}

const read = (name: string): Promise<string> => readFile(new URL(name, INFRA), "utf8");

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
