/** Counts down until another message can be sent; until then its button does nothing. */
for (const part of document.querySelectorAll<HTMLElement>("[data-wait]")) {
  const [line, left] = [part.querySelector<HTMLElement>("#wait"), part.querySelector("#wait .number")];
  const [said, button] = [part.querySelector<HTMLElement>("[data-now]"), part.querySelector("button")];
  if (line === null || left === null || said === null || button === null) continue;
  const until = performance.now() + Number(part.dataset["wait"]) * 1000;
  const isOver = (): boolean => performance.now() >= until;
  button.setAttribute("aria-disabled", "true");
  button.addEventListener("click", (event) => {
    if (!isOver()) event.preventDefault();
  });
  const timer = setInterval(() => {
    const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (!isOver()) return;
    clearInterval(timer);
    line.hidden = true;
    button.removeAttribute("aria-disabled");
    said.textContent = said.dataset["now"] ?? "";
  }, 250);
}

export {};
