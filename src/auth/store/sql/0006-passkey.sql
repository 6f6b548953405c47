-- Passkeys (WebAuthn credentials) as a second factor, and the challenges they answer.

CREATE TABLE passkey (
  id            uuid PRIMARY KEY,
  account_id    uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  -- of one account only, whoever else brings it
  credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 16 AND 1023),
  -- as COSE key (RFC 9052)
  public_key    bytea NOT NULL CHECK (length(public_key) <= 2000),
  -- of the last signature; what never counts stays at 0
  counter       bigint NOT NULL CHECK (counter >= 0),
  transports    text[] NOT NULL,
  -- the person's own name for it
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz
);
CREATE INDEX passkey_account ON passkey (account_id);

-- What a passkey has to sign, once, for one sign-in or to be registered in one session.
CREATE TABLE passkey_challenge (
  -- that sign-in or session
  holder     uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  challenge  bytea NOT NULL CHECK (length(challenge) = 32),
  expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenge_account ON passkey_challenge (account_id);
CREATE INDEX passkey_challenge_expires ON passkey_challenge (expires_at);

ALTER TABLE session DROP CONSTRAINT session_second_factor_check;
ALTER TABLE session ADD CONSTRAINT session_second_factor_check
  CHECK (second_factor IN ('totp', 'sms', 'recovery-code', 'passkey'));
