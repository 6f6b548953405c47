/**
 * Asks the browser for a passkey as the form says (WebAuthn Level 3, 5.1), and sends the answer with the form. The
 * JSON is made here: `toJSON` is not there, or throws, where an extension stands in for the browser.
 */
const OLD_MS = 120_000;

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

const ids = (list: PublicKeyCredentialDescriptorJSON[] = []): PublicKeyCredentialDescriptor[] =>
  list.map((one) => ({ ...one, id: bytes(one.id) }) as PublicKeyCredentialDescriptor);

async function create(json: string): Promise<Credential | null> {
  const asked = JSON.parse(json) as Omit<PublicKeyCredentialCreationOptionsJSON, "extensions">;
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: ids(asked.excludeCredentials),
  };
  return navigator.credentials.create({ publicKey: publicKey as PublicKeyCredentialCreationOptions });
}

async function get(json: string): Promise<Credential | null> {
  const asked = JSON.parse(json) as Omit<PublicKeyCredentialRequestOptionsJSON, "extensions">;
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: ids(asked.allowCredentials),
  };
  return navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions });
}

function answerOf(credential: Credential | null): string {
  const { id, rawId, type, response } = credential as PublicKeyCredential;
  const said: Record<string, unknown> = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    said["attestationObject"] = text(response.attestationObject);
    said["transports"] = (response as Partial<typeof response>).getTransports?.() ?? [];
  } else if (response instanceof AuthenticatorAssertionResponse) {
    said["authenticatorData"] = text(response.authenticatorData);
    said["signature"] = text(response.signature);
    if (response.userHandle !== null) said["userHandle"] = text(response.userHandle);
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: said });
}

/** As the page has it, or as it would have it now; undefined when there is nothing to ask any more. */
async function optionsOf({ dataset }: HTMLFormElement): Promise<string | undefined> {
  if (performance.now() < OLD_MS) return dataset["options"];
  const page = await (await fetch(dataset["page"] ?? "")).text();
  const form = new DOMParser()
    .parseFromString(page, "text/html")
    .querySelector<HTMLFormElement>("[data-passkey]");
  return form?.dataset["options"];
}

const forms = document.querySelectorAll<HTMLFormElement>("form[data-passkey]");
if (typeof PublicKeyCredential === "function") {
  for (const note of document.querySelectorAll<HTMLElement>("[data-without-passkey]")) note.hidden = true;
  for (const form of forms) {
    form.hidden = false;
    const field = form.querySelector<HTMLInputElement>("[name=answer]");
    const notice = form.querySelector<HTMLElement>(".notice");
    if (field === null || notice === null) continue;
    let busy = false;
    const ask = async (): Promise<void> => {
      notice.hidden = true;
      try {
        const options = await optionsOf(form);
        // Without an answer the page comes anew.
        field.value =
          options === undefined
            ? ""
            : answerOf(await (form.dataset["passkey"] === "create" ? create : get)(options));
        form.submit();
      } catch (error) {
        const { name } = error as Error;
        const said = JSON.parse(form.dataset["said"] ?? "{}") as Record<string, string>;
        notice.textContent =
          said[
            name === "NotAllowedError" ? "cancelled" : name === "InvalidStateError" ? "already" : "failed"
          ] ?? "";
        notice.hidden = false;
        busy = false;
      }
    };
    // Before whoever else hears of it: the form goes out when there is an answer.
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (busy) return;
        busy = true;
        void ask();
      },
      { capture: true },
    );
    addEventListener("pageshow", () => {
      busy = false;
    });
  }
}

export {};
