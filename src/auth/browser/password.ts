/** A password can be looked at while it is typed, and a new one says how much it still lacks. */
for (const input of document.querySelectorAll<HTMLInputElement>("input[data-show]")) {
  const { show = "", hide = "", short = "", long = "" } = input.dataset;
  const eye = document.createElement("input");
  eye.type = "button";
  eye.setAttribute("aria-controls", input.id);
  const look = (isShown: boolean): void => {
    input.type = isShown ? "text" : "password";
    eye.value = isShown ? hide : show;
  };
  look(false);
  eye.addEventListener("click", () => {
    look(input.type === "password");
    input.focus();
  });
  input.after(eye);
  // What is sent as text would be kept by the browser as text.
  input.form?.addEventListener("submit", () => look(false));

  if (input.minLength < 1) continue;
  const said = document.createElement("span");
  said.className = "hint";
  said.setAttribute("role", "status");
  input.parentElement?.after(said);
  let later: number | undefined;
  input.addEventListener("input", () => {
    clearTimeout(later);
    // Read out when there is a pause, not at each letter.
    later = setTimeout(() => {
      const left = input.minLength - input.value.length;
      said.textContent = input.value === "" ? "" : left > 0 ? `${short} ${left}` : long;
    }, 400);
  });
}

export {};
