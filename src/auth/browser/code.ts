/** A code of digits that is pasted with blanks, as apps and messages show it, loses them. */
for (const input of document.querySelectorAll<HTMLInputElement>("input.code"))
  input.addEventListener("input", () => {
    const bare = input.value.replace(/\s/g, "");
    if (bare !== input.value && /^(\d{6}|\d{8})$/.test(bare)) input.value = bare;
  });

export {};
