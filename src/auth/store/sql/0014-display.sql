-- Screens on walls: each sees the wall page of the backups board and nothing else.
CREATE TABLE display (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  language   text NOT NULL CHECK (language IN ('en', 'hu', 'ro')),
  created_at timestamptz NOT NULL,
  -- while it waits to be paired: an HMAC of eight digits under a key that is not in the database
  code_hash  bytea UNIQUE CHECK (length(code_hash) = 32),
  code_until timestamptz,
  -- from then on: SHA-256 of its cookie
  token_hash bytea UNIQUE CHECK (length(token_hash) = 32),
  paired_at  timestamptz,
  until      timestamptz,
  seen_at    timestamptz,
  CHECK ((code_hash IS NULL) = (code_until IS NULL)),
  CHECK ((code_hash IS NULL) = (token_hash IS NOT NULL)),
  CHECK ((token_hash IS NULL) = (paired_at IS NULL) AND (token_hash IS NULL) = (until IS NULL))
);

-- Codes that were typed, from a network (an IPv4 address or an IPv6 /64), and `all` together.
CREATE TABLE display_try (
  network text PRIMARY KEY,
  since   timestamptz NOT NULL,
  tries   integer NOT NULL
);
