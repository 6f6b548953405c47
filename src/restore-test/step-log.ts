/** The steps of a drill as they go: timed, each with its outcome, and everything that was found. */
import { asFault, CODES, type Code } from "../fault.ts";
import { STEPS, type ReportFinding, type ReportStep, type StepName } from "../seal/report.ts";

/** Characters of a text in a report (seal/report.ts), and findings of one code that are told of each by itself. */
const LONGEST_TEXT = 4000;
const MOST_OF_A_CODE = 100;

export class StepLog {
  readonly #steps: ReportStep[] = [];
  readonly findings: ReportFinding[] = [];
  readonly #now: () => Date;
  readonly #signal: AbortSignal;
  readonly #begins: (name: StepName) => void;
  /** Red findings so far, those included that were too many to be kept. */
  #red = { count: 0, last: "" };

  /** `begins` is told of each step that is run. */
  constructor(now: () => Date, signal: AbortSignal, begins: (name: StepName) => void) {
    this.#now = now;
    this.#signal = signal;
    this.#begins = begins;
  }

  /**
   * Notes something wrong; the same words once. A red one fails the step it is found in. Much of it comes from whoever
   * made the backup, who must not be able to make a report that cannot be written or read: long texts are cut, and
   * beyond 100 of a code the rest is only told of.
   */
  find(finding: { code: Code; what: string; todo: string }): void {
    const { code, todo } = finding;
    const what = cut(finding.what);
    const alike = this.findings.filter((one) => one.code === code);
    if (alike.some((one) => one.what === what)) return;
    if (CODES[code] !== 3) this.#red = { count: this.#red.count + 1, last: what };
    if (alike.length < MOST_OF_A_CODE) this.findings.push({ code, what, todo: cut(todo) });
    else if (alike.length === MOST_OF_A_CODE)
      this.findings.push({ code, what: `more than ${MOST_OF_A_CODE} of these; the rest is left out`, todo });
  }

  /**
   * Runs a step: passed unless it threw or found something red. Out: what it gave, undefined when it threw. An
   * abort passes through, but a time limit is a fault like any other.
   */
  async run<T>(name: StepName, work: () => Promise<T>): Promise<T | undefined> {
    this.#begins(name);
    const began = this.#now().getTime();
    const before = this.findings.length;
    const redBefore = this.#red.count;
    let value: T | undefined;
    let why: string | undefined;
    try {
      value = await work();
      why = this.findings.slice(before).find(({ code }) => CODES[code] !== 3)?.what;
      if (this.#red.count > redBefore) why ??= this.#red.last;
    } catch (error) {
      const fault = asFault(this.#signal.aborted ? this.#signal.reason : error);
      if (fault.code === "INTERRUPTED") throw fault;
      this.find({ code: fault.code, what: fault.message, todo: fault.todo });
      why = cut(fault.message);
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

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}
