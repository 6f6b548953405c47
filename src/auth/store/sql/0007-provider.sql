-- Sign-ins at providers of OpenID Connect. Who somebody is there is issuer and subject, never an e-mail.
CREATE TABLE identity (
  issuer     text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
  subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  id         uuid NOT NULL UNIQUE,
  account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  provider   text NOT NULL,
  linked_at  timestamptz NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account_id);

-- One way to a provider and back, good once.
CREATE TABLE provider_attempt (
  state_hash   bytea PRIMARY KEY CHECK (length(state_hash) = 32),
  browser_hash bytea NOT NULL CHECK (length(browser_hash) = 32),
  provider     text NOT NULL,
  -- nonce and PKCE verifier
  secrets      bytea NOT NULL,
  next         text,
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz
);
CREATE INDEX provider_attempt_expires ON provider_attempt (expires_at);

-- Somebody a provider vouched for, until an account is proved to be theirs.
CREATE TABLE pending_link (
  token_hash   bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  issuer       text NOT NULL,
  subject      text NOT NULL,
  provider     text NOT NULL,
  -- of the sign-in whose second factor makes the link
  sign_in_hash bytea UNIQUE,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX pending_link_expires ON pending_link (expires_at);
