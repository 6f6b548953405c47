/**
 * Asks the browser for a passkey as the form says (WebAuthn Level 3, 5.1) and sends the answer with it. JSON is made
 * here: `toJSON` is not there, or throws, where an extension stands in for the browser.
 */
const OLD_MS = 120_000;

interface Asked extends Record<"allowCredentials" | "excludeCredentials", { id: string }[] | undefined> {
  challenge: string;
  user?: { id: string };
}
type Said = Partial<AuthenticatorAttestationResponse & AuthenticatorAssertionResponse>;

const bytes = (text: string) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const text = (buffer?: ArrayBuffer | null) =>
  buffer?.byteLength
    ? btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=/g, "")
    : undefined;

const withBytes = <T extends { id: string }>(one: T) => ({ ...one, id: bytes(one.id) });

async function answerTo(json: string): Promise<string> {
  const asked = JSON.parse(json) as Asked;
  const publicKey: object = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: asked.user && withBytes(asked.user),
    allowCredentials: asked.allowCredentials?.map(withBytes),
    excludeCredentials: asked.excludeCredentials?.map(withBytes),
  };
  const made = await navigator.credentials[asked.user ? "create" : "get"]({ publicKey } as object);
  const { id, rawId, type, response } = made as PublicKeyCredential;
  const said = response as Said;
  return JSON.stringify({
    id,
    rawId: text(rawId),
    type,
    response: {
      clientDataJSON: text(said.clientDataJSON),
      attestationObject: text(said.attestationObject),
      authenticatorData: text(said.authenticatorData),
      signature: text(said.signature),
      userHandle: text(said.userHandle),
      transports: said.getTransports?.(),
    },
  });
}

/** As the page has it, or would have it now; undefined when there is nothing to ask any more. */
async function optionsOf({ dataset }: HTMLFormElement): Promise<string | undefined> {
  if (performance.now() < OLD_MS) return dataset["options"];
  const page = await (await fetch(dataset["page"] ?? "")).text();
  const now = new DOMParser().parseFromString(page, "text/html");
  return now.querySelector<HTMLFormElement>("form[data-passkey]")?.dataset["options"];
}

function prepare(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("[name=answer]");
  const notice = form.querySelector<HTMLElement>(".notice");
  if (field === null || notice === null) return;
  let busy = false;
  form.hidden = false;
  addEventListener("pageshow", () => (busy = false));
  const ask = async (): Promise<void> => {
    notice.hidden = true;
    try {
      const options = await optionsOf(form);
      // Without an answer the page comes anew.
      field.value = options === undefined ? "" : await answerTo(options);
      form.submit();
    } catch (error) {
      const said = JSON.parse(form.dataset["said"] ?? "{}") as Record<string, string>;
      notice.textContent = said[(error as Error).name] ?? said["failed"] ?? "";
      notice.hidden = busy = false;
    }
  };
  // Before whoever else hears of it: the form goes out when there is an answer.
  const stop = (event: Event): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!busy) void ask();
    busy = true;
  };
  form.addEventListener("submit", stop, { capture: true });
}

if (typeof PublicKeyCredential === "function") {
  for (const note of document.querySelectorAll<HTMLElement>("[data-without-passkey]")) note.hidden = true;
  document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(prepare);
}

export {};
