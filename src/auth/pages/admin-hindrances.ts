/** What is in the way of somebody's sign-in, each thing with the button that solves it. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { Hindrance, Weight } from "../hindrance.ts";
import type { Locked } from "../store/locked.ts";
import { adminWords } from "../words/admin.ts";
import { hindranceWords } from "../words/hindrance.ts";
import { plainTime, type AdminContext } from "./admin-frame.ts";
import { causesPath } from "./admin-locks.ts";
import { button, form, hidden, notice } from "./page.ts";

const BADGE: Record<Weight, string> = { stops: "bad", slows: "warn", notes: "note" };
/** Beyond this a lock is meant to last until somebody opens it. */
const FOR_GOOD_MS = 60 * 86_400_000;

/** `at`: the path that the buttons post below; undefined when nothing may be done here. */
export function hindrancesOf(
  context: AdminContext,
  hindrances: readonly Hindrance[],
  at: string | undefined,
): Html {
  const words = hindranceWords(context.language);
  const stopped = hindrances.some(({ weight }) => weight !== "notes");
  const locks = hindrances.filter((one) => one.kind === "lane" && one.lock.accountId !== null).length;
  return html`<section aria-labelledby="why">
    <h2 id="why">${words.title}</h2>
    ${!stopped && notice("good", words.nothing)}
    ${
      hindrances.length > 0 &&
      html`<ul class="rows">
        ${hindrances.map((one) => row(context, one, at))}
      </ul>`
    }
    ${locks > 1 && at !== undefined && form(`${at}/unlock-all`, context.token, undefined, button(words.unlockAll))}
  </section>`;
}

function row(context: AdminContext, hindrance: Hindrance, at: string | undefined): Html {
  const words = hindranceWords(context.language);
  const { weight } = hindrance;
  const { text, more, solved } = shown(context, hindrance, at ?? "");
  return html`<li>
    <div>
      <span class="badge ${BADGE[weight]}">${words.weight[weight]}</span> <strong>${text}</strong>
      ${more !== undefined && html`<br /><span class="quiet">${more}</span>`}
    </div>
    ${at !== undefined && solved}
  </li> `;
}

function shown(
  context: AdminContext,
  hindrance: Hindrance,
  at: string,
): { text: string; more?: Value; solved?: Value } {
  const words = hindranceWords(context.language);
  const admin = adminWords(context.language);
  const time = plainTime(context);
  const post = (what: string, text: string, fields?: Value): Value =>
    form(`${at}/${what}`, context.token, fields, button(text));
  const jump = (to: string, text: string): Value => html`<a class="button" href="#${to}">${text}</a>`;
  const link = (until: Date | undefined): string =>
    until === undefined ? words.noLink : words.linkUntil(time(until));
  switch (hindrance.kind) {
    case "disabled":
      return { text: words.disabled, solved: post("enable", admin.enable) };
    case "ended":
      return { text: words.ended(time(hindrance.at)), solved: jump("ends", words.changeEnd) };
    case "locked":
      return {
        text: sentence(admin.lockedReason[hindrance.reason]),
        more: admin.unlockWhy,
        solved: post("unlock", admin.unlock),
      };
    case "invited":
      return {
        text: words.invited,
        more: link(hindrance.linkUntil),
        solved: post("invite", words.sendAgain),
      };
    case "must-reset":
      return {
        text: words.mustReset,
        more: link(hindrance.linkUntil),
        solved: post("require-reset", words.sendAgain),
      };
    case "undelivered": {
      const { kind, gaveUp, word, since } = hindrance.message;
      return {
        text: words.undelivered[kind],
        more: (gaveUp ? words.gaveUp : words.trying)(word, time(since)),
        solved: jump("details", words.checkDetails),
      };
    }
    case "lane": {
      const { lock } = hindrance;
      const forGood = lock.lockedUntil.getTime() - context.now.getTime() > FOR_GOOD_MS;
      return {
        text: closed(context, lock),
        more: [
          forGood ? words.laneForGood(lock.attempts) : words.laneUntil(time(lock.lockedUntil), lock.attempts),
          " ",
          html`<a href="${causesPath(lock)}">${admin.causes}</a>`,
        ],
        solved: post("unlock-lane", admin.unlock, hidden("lane", lock.id)),
      };
    }
    case "no-factor":
      return { text: words.noFactor };
    case "opens-nothing":
      return { text: words.opensNothing, solved: jump("roles", words.giveRole) };
  }
}

/** What a lock means for whoever wants in. */
export function closed({ language }: Pick<AdminContext, "language">, { kind, network }: Locked): string {
  const { lane } = hindranceWords(language);
  switch (kind) {
    case "account":
    case "account-run":
      return lane.account;
    case "device":
    case "device-run":
      return lane.device;
    case "address":
      return lane.address(network ?? "");
    case "codes":
    case "codes-run":
      return lane.codes;
    case "reset-account":
    case "reset-address":
      return lane.reset;
    case "sms":
      return lane.sms;
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
