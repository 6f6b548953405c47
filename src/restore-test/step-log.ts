/** The steps of a drill as they go: timed, each with its outcome, and everything that was found. */
import { asFault, CODES, type Code } from "../fault.ts";
import { STEPS, type ReportFinding, type ReportStep, type StepName } from "../seal/report.ts";

export class StepLog {
  readonly #steps: ReportStep[] = [];
  readonly findings: ReportFinding[] = [];
  readonly #now: () => Date;
  readonly #signal: AbortSignal;
  readonly #begins: (name: StepName) => void;

  /** `begins` is told of each step that is run. */
  constructor(now: () => Date, signal: AbortSignal, begins: (name: StepName) => void) {
    this.#now = now;
    this.#signal = signal;
    this.#begins = begins;
  }

  /** Notes something wrong; the same words once. A red one fails the step it is found in. */
  find({ code, what, todo }: { code: Code; what: string; todo: string }): void {
    if (!this.findings.some((finding) => finding.code === code && finding.what === what))
      this.findings.push({ code, what, todo });
  }

  /**
   * Runs a step: passed unless it threw or found something red. Out: what it gave, undefined when it threw. An
   * abort passes through, but a time limit is a fault like any other.
   */
  async run<T>(name: StepName, work: () => Promise<T>): Promise<T | undefined> {
    this.#begins(name);
    const began = this.#now().getTime();
    const before = this.findings.length;
    let value: T | undefined;
    let why: string | undefined;
    try {
      value = await work();
      why = this.findings.slice(before).find(({ code }) => CODES[code] !== 3)?.what;
    } catch (error) {
      const fault = asFault(this.#signal.aborted ? this.#signal.reason : error);
      if (fault.code === "INTERRUPTED") throw fault;
      this.find({ code: fault.code, what: fault.message, todo: fault.todo });
      why = fault.message;
    }
    const seconds = Math.max(0, this.#now().getTime() - began) / 1000;
    this.#steps.push({
      name,
      outcome: why === undefined ? "passed" : "failed",
      seconds,
      ...(why === undefined ? {} : { why }),
    });
    return value;
  }

  skip(name: StepName, why: string): void {
    this.#steps.push({ name, outcome: "skipped", seconds: 0, why });
  }

  passed(name: StepName): boolean {
    return this.#of(name)?.outcome === "passed";
  }

  secondsOf(name: StepName): number {
    return this.#of(name)?.seconds ?? 0;
  }

  /** All steps so far, in the order of the flow. */
  inOrder(): ReportStep[] {
    return STEPS.flatMap((name) => this.#of(name) ?? []);
  }

  /** Steps that were neither run nor skipped, in the order of the flow. */
  missing(): StepName[] {
    return STEPS.filter((name) => this.#of(name) === undefined);
  }

  /** Why a step that is missing could not run: the last one before it that did not pass. */
  reasonFor(name: StepName): string {
    const before = STEPS.slice(0, STEPS.indexOf(name));
    const cause = this.#steps.findLast((step) => step.outcome === "failed" && before.includes(step.name));
    return cause === undefined ? "there was nothing to do" : `${cause.name} failed`;
  }

  #of(name: StepName): ReportStep | undefined {
    return this.#steps.find((step) => step.name === name);
  }
}
