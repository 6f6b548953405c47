/** Adapter: puts each report into the store, readable is its verdict alone; and finds the last one there again. */
import { Fault, type Finding } from "../fault.ts";
import { chainHead, HEAD_AMONG, type Link } from "../report/chain.ts";
import type { Parcel } from "../report/deliver.ts";
import type { ReportChannel } from "../report/publish.ts";
import { sealBytes } from "../seal/age.ts";
import { openEnvelope, signEnvelope } from "../seal/envelope.ts";
import { recoveryRecipient, type RecoveryKey } from "../seal/recovery-key.ts";
import { encodeVerdict, parseVerdict, VERDICT_TYPE } from "../seal/report.ts";
import {
  MAX_VERDICT,
  nameOfReport,
  parseReportKey,
  reportPlace,
  REPORTS_FOLDER,
  SEALED_PAGE_NAME,
  SEALED_REPORT_NAME,
  VERDICT_NAME,
} from "../seal/report-name.ts";
import type { SigningKey, VerifyKey } from "../seal/signing-key.ts";
import { bodyOf, type Retention, type Sink, type Source } from "../store/object-store.ts";

/** In the order in which they are written: the verdict is the commit. */
const OBJECTS = [SEALED_REPORT_NAME, SEALED_PAGE_NAME, VERDICT_NAME];
/** What is said of a store's keeping of checksums is said by every backup; a report is signed, and damage shows. */
const TOLD = new Set<Finding["code"]>(["LOCK_NOT_KEPT", "LOCK_UNCONFIRMED", "VERSION_NOT_KEPT"]);

export interface StoreMeans {
  /** Below the destination's prefix. */
  sink: Sink;
  key: SigningKey;
  /** Whom report and page are sealed to; with none only the verdict is stored, and a finding says so. */
  recoveryKeys: readonly RecoveryKey[];
  /** The lock of an object that is written now. */
  retention: () => Retention | undefined;
}

/** The store as a channel. Sealed once, so that what is sent again is the same to the byte. */
export function openStoreChannel({ sink, key, recoveryKeys, retention }: StoreMeans): ReportChannel {
  const recipients = recoveryKeys.map(recoveryRecipient);
  return {
    name: "store",

    async pack({ report, signed, page }) {
      const verdict = signEnvelope(VERDICT_TYPE, encodeVerdict(report, signed), key);
      const parcel: Parcel = {
        place: reportPlace(nameOfReport(report)),
        [VERDICT_NAME]: verdict.toString("base64"),
      };
      if (recipients.length === 0) return { parcel, findings: [nobodyToSealTo(report.id)] };
      parcel[SEALED_REPORT_NAME] = (await sealBytes(signed, recipients)).toString("base64");
      parcel[SEALED_PAGE_NAME] = (await sealBytes(Buffer.from(page), recipients)).toString("base64");
      return { parcel, findings: [] };
    },

    async send({ parcel }, signal) {
      const findings: Finding[] = [];
      for (const name of OBJECTS) {
        const content = parcel[name];
        if (content === undefined) continue;
        const objectKey = `${parcel["place"] ?? ""}/${name}`;
        findings.push(...(await put(sink, objectKey, Buffer.from(content, "base64"), retention(), signal)));
      }
      return findings.filter(({ code }) => TOLD.has(code));
    },
  };
}

/** Write-once: what lies there already has to be this very object, left by a try whose end was not seen. */
async function put(
  sink: Sink,
  key: string,
  content: Buffer,
  retention: Retention | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    return (await sink.put({ key, body: bodyOf(content), retention, signal })).findings;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "STORE_EXISTS") throw error;
    const there = await sink.read(key, content.length, signal);
    if (there?.equals(content) === true) return [];
    throw new Fault(
      "STORE_EXISTS",
      `something else than this host's report lies at ${key}`,
      "Find out who else can write below reports/ in this store.",
      { cause: error },
    );
  }
}

/**
 * The report that the next one follows, by the verdicts that this host signed: for a host whose own disk is new.
 * Verdicts of others and damaged ones are left out. Throws the store's faults.
 */
export async function headInStore(
  source: Source,
  key: VerifyKey,
  signal: AbortSignal,
): Promise<Link | undefined> {
  const verdicts: { id: string; objectKey: string }[] = [];
  for await (const { key: objectKey, size } of source.list(`${REPORTS_FOLDER}/`, signal)) {
    const name = parseReportKey(objectKey);
    if (name?.object === VERDICT_NAME && size <= MAX_VERDICT) verdicts.push({ id: name.id, objectKey });
  }
  const links: Link[] = [];
  for (const { id, objectKey } of verdicts.sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const bytes = Buffer.concat(await Array.fromAsync(source.get(objectKey, { signal })));
    const link = linkOf(bytes, key);
    if (link?.id === id) links.unshift(link);
    if (links.length === HEAD_AMONG) break;
  }
  return chainHead(links);
}

function linkOf(bytes: Buffer, key: VerifyKey): Link | undefined {
  try {
    const { id, host, report, previous } = parseVerdict(openEnvelope(bytes, VERDICT_TYPE, [key]));
    return host === key.keyid ? { id, sha256: report, previous } : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function nobodyToSealTo(id: string): Finding {
  return {
    code: "REPORT_NOT_STORED",
    what: `of report ${id} only the verdict goes to the store: there is no recovery key to seal the report to`,
    todo: "Name the recovery keys in recovery_keys, with their pinned fingerprints.",
  };
}
