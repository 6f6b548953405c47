/** A bare Fastify route that returns a constant; prints its port. What forward-auth is measured against. */
import fastify from "fastify";

const app = fastify();
app.get("/authz/nginx", (_request, reply) => reply.send("ok"));
await app.listen({ host: "127.0.0.1", port: 0 });
const address = app.server.address();
process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
process.on("disconnect", () => process.exit());
