/** A form goes out once: a second click would be a second attempt, or a second invitation. */
for (const form of document.forms)
  form.addEventListener("submit", (event) => {
    if (form.dataset["sent"] !== undefined) event.preventDefault();
    form.dataset["sent"] = "";
  });

// Back from where the form led: it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset["sent"];
});

export {};
