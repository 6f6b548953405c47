/** Whether a drill said of a copy what it had to say. Pure. */
import type { Code } from "../../fault.ts";
import type { SabotageReport } from "../../seal/report.ts";
import type { DrillDraft } from "../drill.ts";

type CaseResult = SabotageReport["cases"][number];

export interface Demanded {
  name: string;
  /** One of them has to be found, and the verdict has to be red; empty: it must not be. */
  expected: readonly Code[];
  /** Each has to occur in what an expected finding says. */
  mentions?: readonly string[];
}

/** `draft` undefined: the drill found nothing to do, which is as good as green. */
export function judgeCase(
  { name, expected, mentions = [] }: Demanded,
  draft: DrillDraft | undefined,
  seconds: number,
): CaseResult {
  const findings = draft?.findings ?? [];
  const found = [...new Set(findings.map(({ code }) => code))];
  const result = { name, expected: [...expected], found, seconds };
  const why = draft === undefined ? "the restore test saw nothing to do" : trouble(draft);
  return {
    ...result,
    outcome: why === undefined ? "passed" : "failed",
    ...(why === undefined ? {} : { why }),
  };

  function trouble({ verdict }: DrillDraft): string | undefined {
    if (expected.length === 0) {
      const [first] = findings;
      return verdict === "failed"
        ? `it is as good as the backup, and the restore test is red: ${first?.code ?? ""}: ${first?.what ?? ""}`
        : undefined;
    }
    if (verdict !== "failed") return "the restore test called this copy good";
    const right = findings.filter(({ code }) => expected.includes(code));
    if (right.length === 0)
      return `the restore test is red, but for another reason: ${found.join(", ")} instead of ${expected.join(" or ")}`;
    const unsaid = mentions.filter((mention) => !right.some(({ what }) => what.includes(mention)));
    if (unsaid.length === 0) return undefined;
    return `${expected.join(" or ")} was found, but not of ${unsaid.slice(0, 5).join(", ")}${unsaid.length > 5 ? ", …" : ""}`;
  }
}

/** A case that could not be made tests nothing, which must not look like a test that passed. */
export function unmade({ name, expected }: Demanded, why: string, seconds = 0): CaseResult {
  return {
    name,
    expected: [...expected],
    found: [],
    outcome: "failed",
    seconds,
    why: `it could not be made: ${why}`,
  };
}
