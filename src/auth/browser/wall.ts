/** Keeps a wall display going: asks the gateway, counts on, and turns red by itself when there is no answer. */
const ASK_MS = 30_000;
const AWAY_MS = 90_000;
// The gateway may be a newer one by then.
const RENEW_MS = 6 * 3_600_000;

let main = document.querySelector("main") as HTMLElement;
const { lang } = document.documentElement;
const began = Date.now();
// One clock may be set back, the other may stand still while the screen sleeps: the longer time counts.
let contact = [Date.now(), performance.now()] as const;
// The gateway's clock counts; the screen's own may be wrong.
let ahead = 0;

const since = (): number => Math.max(Date.now() - contact[0], performance.now() - contact[1]);
const meet = (): void => {
  contact = [Date.now(), performance.now()];
  ahead = Date.parse(main.dataset["now"] ?? "") - contact[1];
};
const now = (): number => performance.now() + ahead;

const time = (at: number, second?: "2-digit"): string =>
  new Intl.DateTimeFormat(lang, {
    hour: "2-digit",
    minute: "2-digit",
    ...(second && { second }),
    hourCycle: "h23",
    timeZone: main.dataset["zone"],
  }).format(at);

// The same rule as src/board/age.ts.
const age = (from: number): string => {
  const units = (main.dataset["units"] ?? "").split(";").map((unit) => unit.split("|"));
  const rules = new Intl.PluralRules(lang);
  const minutes = Math.max(0, Math.floor((now() - from) / 60_000));
  const parts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const first = parts[0] ? 0 : 1;
  return [first, first + 1]
    .filter((i) => parts[i] || (i === 2 && minutes < 60))
    .map((i) => {
      const form = { one: 0, few: 1 }[rules.select(parts[i] ?? 0) as string] ?? 2;
      return `${parts[i]}\u00a0${units[i]?.[form]}`;
    })
    .join(" ");
};

const tick = (): void => {
  for (const one of main.querySelectorAll("[data-clock]")) one.textContent = time(now());
  for (const one of main.querySelectorAll<HTMLTimeElement>("[data-since]"))
    one.textContent = age(Date.parse(one.dateTime));
  if (since() <= AWAY_MS || main.classList.contains("away")) return;
  const text = (main.dataset["away"] ?? "").replace("%", time(now() - since(), "2-digit"));
  for (const one of [main, ...main.querySelectorAll(".green,.amber")]) {
    one.classList.remove("green", "amber");
    one.classList.add("red");
  }
  for (const one of main.querySelectorAll("use")) one.setAttribute("href", "#red");
  for (const one of main.querySelectorAll("h1 span, footer")) one.textContent = text;
  main.classList.add("away");
};

const ask = async (): Promise<void> => {
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector<HTMLElement>("main[data-now]");
  // No wall any more: this display was removed.
  if (next === null || Date.now() - began > RENEW_MS) {
    location.reload();
    return;
  }
  main.replaceWith(next);
  main = next;
  meet();
  tick();
};

meet();
setInterval(tick, 1000);
setInterval(() => void ask().catch(() => undefined), ASK_MS);

export {};
