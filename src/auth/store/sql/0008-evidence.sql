-- What backup and restore-test hosts have signed and pushed, for the board.
CREATE TABLE evidence (
  -- of the envelope
  sha256      bytea PRIMARY KEY CHECK (length(sha256) = 32),
  kind        text NOT NULL CHECK (kind IN ('manifest', 'drill', 'daily', 'sabotage')),
  -- of the backup or the report; a host that signs two of one name has not made the first one untrue
  id          text NOT NULL,
  -- when what it tells of ended, by its host's clock
  at          timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  -- what the board needs of it
  facts       jsonb NOT NULL,
  -- as it was signed; gone when the page of that report is
  envelope    bytea
);
CREATE INDEX evidence_at ON evidence (at);
CREATE INDEX evidence_id ON evidence (id) WHERE envelope IS NOT NULL;
