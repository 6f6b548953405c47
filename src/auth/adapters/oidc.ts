/** Adapter: one provider of OpenID Connect, by openid-client. Code flow with PKCE, state and nonce. */
import * as client from "openid-client";
import type { Provider } from "../provider.ts";

export interface OidcOptions extends Pick<Provider, "name" | "label" | "issuer" | "domains"> {
  clientId: string;
  clientSecret: string;
  /** `https://login.example.hu` */
  publicUrl: string;
}

const TIMEOUT_SECONDS = 5;

/** Nothing is asked before it is needed. What the provider says of itself is kept until this process ends. */
export function openOidc({ clientId, clientSecret, publicUrl, ...told }: OidcOptions): Provider {
  const { issuer, name } = told;
  const callback = `${publicUrl}/sign-in/with/${name}/back`;
  let known: Promise<client.Configuration> | undefined;
  let authorization: string | undefined;
  const discover = (): Promise<client.Configuration> => {
    known ??= ask().catch((error: unknown) => {
      // The next one who comes asks again.
      known = undefined;
      throw error;
    });
    return known;
  };
  const ask = async (): Promise<client.Configuration> => {
    // Without this the signature is not looked at, since TLS vouches for the token already.
    const execute = [client.enableNonRepudiationChecks];
    // The configuration allows it for this host alone.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is deprecated to make it stand out
    if (issuer.startsWith("http:")) execute.push(client.allowInsecureRequests);
    const config = await client.discovery(
      new URL(issuer),
      clientId,
      undefined,
      client.ClientSecretBasic(clientSecret),
      {
        execute,
        timeout: TIMEOUT_SECONDS,
      },
    );
    const endpoint = config.serverMetadata().authorization_endpoint;
    if (endpoint !== undefined) authorization = new URL(endpoint).origin;
    return config;
  };
  return {
    ...told,
    origins: () => [
      ...new Set([new URL(issuer).origin, ...(authorization === undefined ? [] : [authorization])]),
    ],
    async warm() {
      await discover().catch(() => undefined);
    },
    async authorize({ state, nonce, verifier }) {
      return client.buildAuthorizationUrl(await discover(), {
        redirect_uri: callback,
        scope: "openid email",
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        nonce,
      });
    },
    async exchange(query, { state, nonce, verifier }) {
      const tokens = await client.authorizationCodeGrant(await discover(), new URL(`${callback}${query}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the provider sent no ID token");
      const { iss, sub, email, email_verified, hd } = claims;
      return { iss, sub, email, email_verified, hd };
    },
  };
}
