/** Addresses that secrets and content may be sent to. Pure. */

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether what is sent there crosses no network in clear: TLS, or plain HTTP to this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));
}
