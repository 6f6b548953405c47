/** A file that appears whole, in a folder that others can write to as well (that of the node exporter). */
import { link, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { UNFINISHED, writeWhole } from "../../src/files/whole-file.ts";

const folder = await mkdtemp(join(tmpdir(), "lakat-whole-"));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const [path, ours] = [join(folder, "lakat.prom"), join(folder, "host.key")];

for (const [how, plant] of Object.entries({ "symbolic link": symlink, "hard link": link }))
  t.test(`a ${how} that somebody put where the unfinished file goes is not written through`, async (t) => {
    await writeFile(ours, "the signing key", { mode: 0o600 });
    await plant(ours, join(folder, `${UNFINISHED}lakat.prom`));
    await writeWhole(path, "metrics", 0o644);
    t.equal(await readFile(ours, "utf8"), "the signing key");
    t.equal((await stat(ours)).mode & 0o777, 0o600);
    t.equal(await readFile(path, "utf8"), "metrics");
    t.equal((await stat(path)).mode & 0o777, 0o644);
    await rm(path);
  });
