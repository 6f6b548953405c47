/**
 * Keeps parts of a page up to date: each element with data-live names the address that has what is new of it. With
 * data-add the rows of the answer's table are put before those that are there; otherwise the answer takes its place.
 * It ends by itself when the answer says nothing more to follow, or when the session is over.
 */
const PAUSE_MS = 3000;
const MOST_ROWS = 500;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function follow(place: HTMLElement): Promise<void> {
  while (place.dataset["live"] !== undefined) {
    await pause();
    if (document.hidden) continue;
    const answer = await fetch(place.dataset["live"], { redirect: "manual", cache: "no-store" }).catch(
      () => undefined,
    );
    // The gateway is away for a moment; it is asked again.
    if (answer === undefined || answer.status >= 500) continue;
    if (!answer.ok) {
      over(place);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector<HTMLElement>("[data-part]");
    if (next === null) {
      over(place);
      return;
    }
    if (place.dataset["add"] === undefined) {
      place.replaceWith(next);
      place = next;
    } else add(place, next);
  }
}

function add(place: HTMLElement, next: HTMLElement): void {
  const address = next.dataset["live"];
  if (address === undefined) delete place.dataset["live"];
  else place.dataset["live"] = address;
  const rows = next.querySelectorAll("tbody > tr");
  if (rows.length === 0) return;
  const body = place.querySelector("tbody");
  if (body === null) place.replaceChildren(...next.childNodes);
  else {
    body.prepend(...rows);
    for (const old of [...body.rows].slice(MOST_ROWS)) old.remove();
  }
}

function over(place: HTMLElement): void {
  const text = place.dataset["over"] ?? "";
  delete place.dataset["live"];
  if (text === "") return;
  const said = document.createElement("p");
  said.className = "notice warn";
  said.setAttribute("role", "status");
  said.textContent = text;
  place.before(said);
}

for (const place of document.querySelectorAll<HTMLElement>("[data-live]")) void follow(place);

export {};
