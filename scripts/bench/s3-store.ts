/** The S3 server of the tests as a process of its own, for benchmarks. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Store {
  endpoint: string;
  key: string;
  secret: string;
  child: ReturnType<typeof spawn>;
  /** Bytes that have arrived so far, by the kernel's count of what the server read. */
  received(): number;
}

/** Starts it with three buckets; `discard` throws the bytes away. Its files lie below `folder`. */
export async function startS3(
  folder: string,
  name: string,
  manner: { discard?: boolean; opaqueEtags?: boolean },
): Promise<Store> {
  const [key, secret] = [
    `AK${randomBytes(9).toString("hex").toUpperCase()}`,
    randomBytes(30).toString("base64url"),
  ];
  const bucket = (name: string, objectLock?: object) => ({
    name,
    region: "eu-central-1",
    ...(objectLock === undefined ? {} : { versioning: true, objectLock }),
  });
  const file = join(folder, `${name}.json`);
  // restic reads back what it wrote, so its bytes must be kept; it alone costs disk.
  const options = {
    ...manner,
    folder: join(folder, name),
    buckets: [bucket("lakat", {}), bucket("plain"), bucket("restic")],
    keys: [{ accessKeyId: key, secretAccessKey: secret, allow: ["s3:*"] }],
  };
  await mkdir(options.folder);
  await writeFile(file, JSON.stringify(options), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "..", "..", "test", "fixtures", "s3-server", "main.ts"), file],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ready = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { endpoint } = JSON.parse(String(ready.value)) as { endpoint: string };
  const received = (): number =>
    Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/io`, "utf8"))?.[1] ?? 0);
  return { endpoint, key, secret, child, received };
}
