/** What a report rests on: ids, hashes, fingerprints, versions, the chain, and how to check it. Pure. */
import type { DrillReport, Report } from "../seal/report.ts";
import { html, type Html, type Value } from "../markup/html.ts";
import { facts } from "./page-parts.ts";
import type { Scene } from "./scene.ts";

/** Ids, hashes, fingerprints and versions: what one needs to find the backup again and to see that it is the same. */
export function evidenceOf(report: Report, scene: Scene): Html {
  const { words, context } = scene;
  const { evidence, locale } = words;
  const { previous } = report;
  const instant = (at: string) => locale.instant(new Date(at));
  return html`${facts(
      [
        [evidence.report, code(report.id)],
        [evidence.sha256, code(context.sha256)],
        [evidence.signer, code(report.host)],
        [
          evidence.previous,
          previous === undefined
            ? evidence.none
            : html`${code(previous.id)}<br />${code(`SHA-256 ${previous.sha256}`)}`,
        ],
        [evidence.run, `${instant(report.startedAt)} – ${instant(report.finishedAt)}`],
        ...(report.kind === "drill" ? backupFacts(report, scene) : []),
        ...(report.kind === "sabotage" ? [[evidence.backup, code(report.backup)] as const] : []),
        [evidence.lakat, report.lakat],
        ...(report.kind === "drill"
          ? [
              [
                evidence.tools,
                Object.entries(report.tools).map(
                  ([name, version], i) => `${i === 0 ? "" : ", "}${name} ${version}`,
                ),
              ] as const,
            ]
          : []),
      ],
      "evidence",
    )}
    <h3>${words.headings.howToCheck}</h3>
    <ul>
      ${words
        .howToCheck({ signer: report.host, previous: previous?.sha256 })
        .map((sentence) => html`<li>${sentence}</li>`)}
    </ul>`;
}

function backupFacts({ backup }: DrillReport, { words }: Scene): (readonly [string, Value])[] {
  if (backup === undefined) return [];
  const { evidence, locale } = words;
  const instant = (at: string) => locale.instant(new Date(at));
  return [
    [evidence.backup, code(backup.id)],
    [evidence.folder, code(backup.folder)],
    [evidence.committed, instant(backup.committed)],
    [evidence.made, `${instant(backup.startedAt)} – ${instant(backup.finishedAt)}`],
    [evidence.backupHost, code(backup.host)],
    [evidence.manifest, code(backup.manifest)],
    [evidence.server, backup.serverVersion],
    [evidence.systemIdentifier, code(backup.systemIdentifier)],
    [evidence.objects, locale.count(backup.objects)],
    [evidence.lockedUntil, backup.lockedUntil === undefined ? undefined : instant(backup.lockedUntil)],
    ...backup.databases.map(
      ({ name, snapshotAt, lsn }) =>
        [
          `${evidence.database} ${name}`,
          html`${evidence.snapshot} ${instant(snapshotAt)}, LSN ${code(lsn)}`,
        ] as const,
    ),
  ];
}

function code(text: string): Html {
  return html`<code>${text}</code>`;
}
