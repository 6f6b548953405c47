-- The audit trail: a chain of events, its head, and what stands for those that were purged.

-- The end of the chain. Whoever appends changes this one row and holds it until the commit: the order of seq is
-- the order of the commits, and no number is lost by a rollback.
CREATE TABLE audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32)
) WITH (fillfactor = 10);
INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- body is the event: canonical JSON, and all that the chain protects. The columns before it repeat it for
-- searching; the check of the chain compares them.
CREATE TABLE audit (
  seq         bigint PRIMARY KEY,
  at          timestamptz(3) NOT NULL,
  event       text NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('success', 'failure')),
  retention   text NOT NULL CHECK (retention IN ('detail', 'record')),
  -- account:<id>, operator:<user>, gateway or stranger
  actor       text NOT NULL,
  account_id  uuid,
  address     inet,
  session_id  uuid,
  application text,
  body        text NOT NULL CHECK (length(body) <= 16384),
  -- sha256(hash of seq - 1 || seq as 8 bytes || sha256(body)); before the first, 32 zero bytes
  hash        bytea NOT NULL CHECK (length(hash) = 32)
);
-- A page of the list is read from one of these, newest first, whatever the table holds beside it.
CREATE INDEX audit_outcome ON audit (outcome, at, seq);
CREATE INDEX audit_event ON audit (event, outcome, at, seq);
CREATE INDEX audit_account ON audit (account_id, at, seq) WHERE account_id IS NOT NULL;
-- what an account did to others, or to nobody
CREATE INDEX audit_actor ON audit (actor, at, seq)
  WHERE actor LIKE 'account:%' AND (account_id IS NULL OR actor <> 'account:' || account_id::text);
CREATE INDEX audit_address ON audit (address, at, seq) WHERE address IS NOT NULL;
-- what has been kept long enough
CREATE INDEX audit_retention ON audit (retention, at, seq);

-- Each stands for the rows first to upto, and says by signature who took them away and what they hashed to.
CREATE TABLE audit_tombstone (
  first     bigint PRIMARY KEY,
  upto      bigint NOT NULL UNIQUE CHECK (upto >= first),
  before    bytea NOT NULL CHECK (length(before) = 32),
  after     bytea NOT NULL CHECK (length(after) = 32),
  body      text NOT NULL,
  signature bytea NOT NULL
);
