-- Second factors: authenticators, recovery codes, confirmed phones, and what keeps the cost of SMS in bounds.

CREATE TABLE totp (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  -- the sign-in or session in which it is enrolled; no other may confirm it
  holder       uuid NOT NULL,
  label        text NOT NULL CHECK (length(label) BETWEEN 1 AND 60),
  -- the secret in Base32, sealed for `totp:<id>`
  secret       bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  -- it counts from here on
  confirmed_at timestamptz,
  -- the step of the last code that was used, the confirming one included
  last_step    bigint,
  -- two at most count for one account, whatever runs in parallel
  slot         smallint CHECK (slot IN (1, 2)),
  UNIQUE (account_id, slot),
  CHECK ((confirmed_at IS NULL) = (slot IS NULL) AND (confirmed_at IS NULL) = (last_step IS NULL))
);
CREATE UNIQUE INDEX totp_enrolment ON totp (holder) WHERE confirmed_at IS NULL;
CREATE INDEX totp_account ON totp (account_id);

-- The recovery codes an account has; new ones take the place of the old.
CREATE TABLE recovery_set (
  account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  id         uuid NOT NULL UNIQUE,
  -- key of the codes' HMAC, sealed for `recovery-set:<id>`
  key        bytea NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE recovery_code (
  set_id  uuid NOT NULL REFERENCES recovery_set (id) ON DELETE CASCADE,
  hash    bytea NOT NULL CHECK (length(hash) = 32),
  used_at timestamptz,
  PRIMARY KEY (set_id, hash)
);

-- A phone counts while this is the number in the account.
CREATE TABLE confirmed_phone (
  account_id   uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  number       text NOT NULL,
  confirmed_at timestamptz NOT NULL
);

-- A number that waits for the code sent to it.
CREATE TABLE phone_challenge (
  account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  number     text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
  code_hash  bytea CHECK (length(code_hash) = 32),
  sent       integer NOT NULL,
  sent_at    timestamptz,
  expires_at timestamptz
);

-- What went out on one day (UTC), in parts as the provider bills them.
CREATE TABLE sms_budget (
  day    date NOT NULL,
  -- empty: all numbers together
  number text NOT NULL,
  parts  integer NOT NULL CHECK (parts >= 0),
  PRIMARY KEY (day, number)
);
