-- Accounts, the devices they proved themselves on, sign-ins under way, sessions and what leads to them, grants.
-- Every time is written by the program. Tokens lie here as SHA-256 only.

CREATE TABLE account (
  id                  uuid PRIMARY KEY,
  -- canonical: NFKC, lower case; what can be written here cannot look like another name
  name                text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]$'),
  display_name        text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
  email               text NOT NULL UNIQUE CHECK (length(email) <= 254),
  phone               text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  language            text NOT NULL CHECK (language IN ('en', 'hu', 'ro')),
  roles               text[] NOT NULL,
  status              text NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
  -- set when the owner said "this was not me", or by an administrator; only an administrator lifts it
  locked_reason       text CHECK (locked_reason IN ('not-me', 'administrator')),
  ends_at             timestamptz,
  must_reset          boolean NOT NULL DEFAULT false,
  -- rises with whatever must end what is under way: disabling, locking, a new password, a reset of factors
  epoch               integer NOT NULL DEFAULT 1,
  password_hash       text,
  pepper_id           text,
  password_changed_at timestamptz,
  created_at          timestamptz NOT NULL,
  created_by          text NOT NULL
);

CREATE TABLE device (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  name         text NOT NULL,
  browser      text NOT NULL,
  address      inet NOT NULL,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  forgotten_at timestamptz
);
CREATE INDEX device_account ON device (account_id) WHERE forgotten_at IS NULL;

CREATE TABLE session (
  id               uuid PRIMARY KEY,
  token_hash       bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  account_id       uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  epoch            integer NOT NULL,
  device_id        uuid REFERENCES device ON DELETE SET NULL,
  address          inet NOT NULL,
  user_agent       text NOT NULL,
  created_at       timestamptz NOT NULL,
  -- when password and second factor (or trusted device) were last shown in full
  authenticated_at timestamptz NOT NULL,
  -- totp, sms or recovery-code; null when the trusted device stood in for it
  second_factor    text CHECK (second_factor IN ('totp', 'sms', 'recovery-code')),
  second_factor_at timestamptz,
  last_seen_at     timestamptz NOT NULL,
  idle_seconds     integer NOT NULL CHECK (idle_seconds > 0),
  expires_at       timestamptz NOT NULL,
  ended_at         timestamptz,
  ended_reason     text
);
-- Of all, also those that are over: what refers to a row is looked for when that is removed.
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_device ON session (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires_at);

-- A sign-in whose password was right and that waits for its second factor, or for the first enrolment of one.
CREATE TABLE sign_in (
  id            uuid PRIMARY KEY,
  token_hash    bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  account_id    uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  epoch         integer NOT NULL,
  -- the trusted device it comes from, when one is known
  device_id     uuid REFERENCES device ON DELETE CASCADE,
  -- the session that it confirms once more, instead of beginning one
  session_id    uuid REFERENCES session ON DELETE CASCADE,
  -- whether the password was shown for it; entering an application that wants a fresh code needs only the code
  full_sign_in  boolean NOT NULL,
  address       inet NOT NULL,
  user_agent    text NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  -- the code sent by SMS for this sign-in and no other
  sms_code_hash bytea,
  sms_sent      integer NOT NULL DEFAULT 0,
  sms_sent_at   timestamptz,
  sms_expires_at timestamptz
);
CREATE INDEX sign_in_account ON sign_in (account_id);
CREATE INDEX sign_in_session ON sign_in (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX sign_in_expires ON sign_in (expires_at);

-- A session's presence at one protected host, with a cookie of that host's own.
CREATE TABLE app_session (
  id           uuid PRIMARY KEY,
  token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  session_id   uuid NOT NULL REFERENCES session ON DELETE CASCADE,
  host         text NOT NULL,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at     timestamptz
);
CREATE INDEX app_session_session ON app_session (session_id);

-- Carries a session from the login host to a protected host, once.
CREATE TABLE ticket (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
  host       text NOT NULL,
  -- SHA-256 of the state cookie of the browser that asked
  state_hash bytea NOT NULL CHECK (length(state_hash) = 32),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX ticket_session ON ticket (session_id);

-- What a link in a mail stands for; used once, by POST only.
CREATE TABLE link (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  kind       text NOT NULL CHECK (kind IN ('invitation', 'reset', 'not-me')),
  account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  -- the account's, when it was made: an invitation or a reset ends with the next one
  epoch      integer NOT NULL,
  -- what "this was not me" is about; it must outlive the session, which is removed sooner
  device_id  uuid REFERENCES device ON DELETE SET NULL,
  session_id uuid REFERENCES session ON DELETE SET NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX link_account ON link (account_id);
CREATE INDEX link_session ON link (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX link_expires ON link (expires_at);

CREATE TABLE access_grant (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  application  text NOT NULL,
  scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
  reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  starts_at    timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL CHECK (ends_at > starts_at),
  approved_by  text,
  approved_at  timestamptz,
  revoked_by   text,
  revoked_at   timestamptz
);
CREATE INDEX access_grant_account ON access_grant (account_id);

-- What every node must forget at once. seq is the audit's, whose order is that of the commits.
CREATE TABLE change (
  seq        bigint PRIMARY KEY,
  at         timestamptz NOT NULL,
  -- all sessions of an account, or one session
  account_id uuid,
  session_id uuid
);
