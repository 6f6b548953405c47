-- Mails and SMS that wait to go out. They hold links and codes: what one says lies here sealed, and only until it
-- is sent or given up.

CREATE TABLE message (
  id          uuid PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('mail', 'sms')),
  sealed      bytea,
  -- whom it is about; no reference, so that a mail about an account that is deleted still goes out
  account_id  uuid,
  created_at  timestamptz NOT NULL,
  -- never sent after this
  expires_at  timestamptz NOT NULL CHECK (expires_at > created_at),
  -- while a node sends it: when another node may take it
  next_try_at timestamptz NOT NULL,
  tries       integer NOT NULL DEFAULT 0,
  sent_at     timestamptz,
  gave_up_at  timestamptz,
  last_error  text CHECK (last_error ~ '^[a-z0-9-]{1,40}$'),
  CHECK (sent_at IS NULL OR gave_up_at IS NULL),
  CHECK ((sealed IS NULL) = (sent_at IS NOT NULL OR gave_up_at IS NOT NULL))
);
CREATE INDEX message_waiting ON message (kind, next_try_at) WHERE sealed IS NOT NULL;
CREATE INDEX message_expires ON message (expires_at) WHERE sealed IS NOT NULL;
CREATE INDEX message_done ON message (created_at) WHERE sealed IS NULL;
