/** What a page of ours may load, run and lead to (Content Security Policy level 3; OWASP ASVS 5.0, 3.4.3). Pure. */

export interface MayLoad {
  /** A browser follows the redirects of a form only to these; they are the applications and nothing else. */
  formOrigins?: readonly string[];
  /** Of this answer alone, base64. Without one no script runs. */
  nonce?: string;
  /** SHA-256, base64, of the one style element that the page brings; then it loads no style sheet. */
  styleHash?: string;
}

/** The value of the header. Without anything, for answers that are no page: nothing may be done with them. */
export function contentPolicy({ formOrigins = [], nonce, styleHash }: MayLoad = {}): string {
  return [
    "default-src 'none'",
    styleHash === undefined ? "style-src 'self'" : `style-src 'sha256-${styleHash}'`,
    "img-src 'self' data:",
    ...(nonce === undefined ? [] : [`script-src 'nonce-${nonce}'`, "connect-src 'self'"]),
    ["form-action 'self'", ...formOrigins].join(" "),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
}
