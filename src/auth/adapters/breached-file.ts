/**
 * Adapter: a local file of breached passwords as the downloader of Have I Been Pwned writes it: lines of SHA-1 in
 * hexadecimal, a colon and a count, sorted by hash, 40 GB of them. Nothing of it is loaded: a search reads a few blocks.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { errno, Fault } from "../../fault.ts";
import type { BreachedPasswords } from "../password-rules.ts";

/** Read at once: about 90 lines. */
const BLOCK = 4096;
/** A line has 40 + 1 + up to 10 characters, and one or two that end it. */
const LONGEST_LINE = 64;
const LINE = /^([0-9A-F]{40}):\d{1,12}$/;
/** Where the order of the lines is looked at when the file is opened. */
const PROBES = 32;
/** A file larger than this reaches from 000… to FFF…; one that does not is part of a download. */
const WHOLE_FROM = 10 * 2 ** 20;

export interface BreachedFile extends BreachedPasswords {
  close(): Promise<void>;
}

interface Line {
  hash: string;
  start: number;
  /** Where the next line starts. */
  end: number;
}

/**
 * Opens the file and looks at it in a few places. Throws CONFIG_INVALID when it cannot be read, is not of this form, not
 * sorted, or plainly cut off. The file stays open: a new one counts after a restart. `has` rejects with
 * BREACHED_UNKNOWN when the file has turned out damaged.
 */
export async function openBreachedFile(path: string): Promise<BreachedFile> {
  const invalid = (why: string, cause?: unknown): Fault =>
    new Fault(
      "CONFIG_INVALID",
      `the file of breached passwords ${path} ${why}`,
      "It has to be one file of SHA1:count lines, sorted by hash (not by count, and not of NTLM hashes).",
      { cause },
    );
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw invalid(`could not be opened (${errno(error) ?? "unknown"})`, error);
  }
  try {
    const { size } = await file.stat();
    await examine(file, size);
    return {
      has: async (password) => {
        try {
          return await search(file, size, sha1(password));
        } catch (error) {
          throw unknown(error instanceof Damaged ? error.message : `(${errno(error) ?? "unknown"})`, error);
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw invalid(
      error instanceof Damaged ? error.message : `could not be read (${errno(error) ?? ""})`,
      error,
    );
  }
}

class Damaged extends Error {}

async function examine(file: FileHandle, size: number): Promise<void> {
  const first = await lineAt(file, size, 0);
  if (first === undefined) throw new Damaged("is empty");
  let before = first;
  for (let i = 1; i <= PROBES; i += 1) {
    const line = await lineAt(
      file,
      size,
      Math.floor((size * i) / PROBES) - (i === PROBES ? LONGEST_LINE * 2 : 0),
    );
    if (line === undefined || line.start <= before.start) continue;
    if (line.hash <= before.hash) throw new Damaged("is not sorted by hash");
    before = line;
  }
  if (size >= WHOLE_FROM && !(first.hash.startsWith("000") && before.hash.startsWith("FFF")))
    throw new Damaged("is only a part of the list");
}

/** Interpolation, since hashes are spread evenly; every third step halves, so that no file makes it slow. */
async function search(file: FileHandle, size: number, hash: string): Promise<boolean> {
  let [low, high] = [0, size];
  let [lowest, highest] = [0, 1];
  const wanted = fractionOf(hash);
  for (let step = 1; low < high; step += 1) {
    if (high - low <= BLOCK) return (await linesIn(file, low, high, size)).some((line) => line.hash === hash);
    const share = step % 3 === 0 || highest <= lowest ? 0.5 : (wanted - lowest) / (highest - lowest);
    const guess = low + Math.floor((high - low) * Math.min(Math.max(share, 0), 1));
    const from = Math.max(low, Math.min(guess - BLOCK / 2, high - BLOCK));
    const lines = await linesIn(file, from, from + BLOCK, size);
    const [first, last] = [lines[0], lines.at(-1)];
    if (first === undefined || last === undefined) throw new Damaged("has lines that are too long");
    if (hash < first.hash) [high, highest] = [first.start, fractionOf(first.hash)];
    else if (hash > last.hash) [low, lowest] = [last.end, fractionOf(last.hash)];
    else return lines.some((line) => line.hash === hash);
  }
  return false;
}

/** The first line that starts at `offset` or after it. */
async function lineAt(file: FileHandle, size: number, offset: number): Promise<Line | undefined> {
  const from = Math.max(0, offset);
  return (await linesIn(file, from, from + BLOCK, size))[0];
}

/** The whole lines that start at `from` or after it and end before `to`. Throws Damaged for anything else. */
async function linesIn(file: FileHandle, from: number, to: number, size: number): Promise<Line[]> {
  // The byte before tells a line that starts at `from` from the rest of one.
  const offset = Math.max(0, from - 1);
  const text = (await read(file, offset, to - offset)).toString("latin1");
  const lines: Line[] = [];
  let start = from === 0 ? 0 : endOf(text, 0);
  while (start < text.length) {
    const end = endOf(text, start);
    if (!text.endsWith("\n", end) && offset + end < size) break;
    const hash = LINE.exec(text.slice(start, end).trimEnd().toUpperCase())?.[1];
    if (hash === undefined) throw new Damaged("holds a line that is not SHA1:count");
    const before = lines.at(-1);
    if (before !== undefined && hash <= before.hash) throw new Damaged("is not sorted by hash");
    lines.push({ hash, start: offset + start, end: offset + end });
    start = end;
  }
  return lines;
}

/** Where the line ends that starts here, with its line feed. */
function endOf(text: string, start: number): number {
  const at = text.indexOf("\n", start);
  return at < 0 ? text.length : at + 1;
}

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

const fractionOf = (hash: string): number => parseInt(hash.slice(0, 12), 16) / 16 ** 12;

function sha1(password: string): string {
  return createHash("sha1").update(password, "utf8").digest("hex").toUpperCase();
}

function unknown(why: string, cause: unknown): Fault {
  return new Fault(
    "BREACHED_UNKNOWN",
    `the file of breached passwords ${why}`,
    "Download it again, and start the gateway anew.",
    { cause },
  );
}
