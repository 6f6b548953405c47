/** Adapter: an application behind the gateway that shows what it is told about whoever asks. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { html } from "../markup/html.ts";

const TOLD = [
  "remote-user",
  "remote-name",
  "remote-email",
  "remote-groups",
  "remote-scopes",
  "remote-assertion",
];

/** Listens on a free port of 127.0.0.1. */
export async function startSampleApplication(): Promise<{ port: number; stop(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const rows = TOLD.map((name) => {
      const value = request.headers[name];
      // Header bytes are UTF-8; Node.js reads each as one character.
      const text = Buffer.from(typeof value === "string" ? value : "", "latin1").toString("utf8");
      return html`<tr>
        <th>${name}</th>
        <td>${text}</td>
      </tr>`;
    });
    const page = html`<!doctype html>
      <html lang="en">
        <meta charset="utf-8" /><meta name="viewport" content="width=device-width" />
        <title>Sample application</title>
        <style>
          body {
            font:
              1rem/1.5 system-ui,
              sans-serif;
            margin: 2rem auto;
            max-width: 48rem;
            padding: 0 1rem;
          }
          th {
            text-align: left;
            padding-right: 1rem;
            white-space: nowrap;
            vertical-align: top;
          }
          td {
            overflow-wrap: anywhere;
          }
        </style>
        <h1>${request.headers.host ?? ""}</h1>
        <p>${request.method ?? ""} ${request.url ?? ""}: the gateway let this through, and says who asks:</p>
        <table>
          ${rows}
        </table>
        <p><a href="/.lakat/sign-out">Sign out</a></p>
      </html>`;
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    response.end(page.toString());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
