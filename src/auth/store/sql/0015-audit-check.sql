-- Checks of the whole audit trail that administrators began, and what they found: every node shows the same.
CREATE TABLE audit_check (
  id          uuid PRIMARY KEY,
  -- account:<id>
  started_by  text NOT NULL,
  started_at  timestamptz NOT NULL,
  -- the node that does it writes this again and again: one that is old was left behind by a node that ended
  beat_at     timestamptz NOT NULL,
  finished_at timestamptz,
  outcome     text CHECK (outcome IN ('whole', 'broken', 'stopped')),
  -- checked so far
  rows        bigint NOT NULL DEFAULT 0,
  -- when it began, for who waits
  expected    bigint NOT NULL,
  purged      bigint,
  -- the head that was found, as SEQ:HASH
  head        text,
  broken      bigint,
  -- the first of them: {seq, what}
  breaks      jsonb,
  CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
-- One at a time, on whatever node.
CREATE UNIQUE INDEX audit_check_one ON audit_check ((true)) WHERE finished_at IS NULL;
