-- What failed attempts are counted against. Nothing here refers to an account: a sign-in holds its account's row while
-- its attempt is counted on another connection, and a foreign key would make the two wait for each other.

-- In the shape of rate-limiter-flexible, whose statements name no columns: these three, in this order.
CREATE TABLE lane (
  -- HMAC of kind and subject
  key    varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  -- Unix time in milliseconds; then the count starts anew
  expire bigint
) WITH (fillfactor = 60); -- room to count in place
CREATE INDEX lane_expire ON lane (expire);

-- The last lock of each lane: what an administrator sees while it holds, and what makes the next one longer after it.
CREATE TABLE lane_lock (
  key          varchar(255) PRIMARY KEY,
  kind         text NOT NULL,
  -- null for a name that nobody has; the name itself is not kept
  account_id   uuid,
  device_id    uuid,
  -- an IPv4 address or an IPv6 /64
  network      cidr,
  locked_at    timestamptz NOT NULL,
  locked_until timestamptz NOT NULL,
  times        integer NOT NULL CHECK (times > 0),
  -- from when the next lock is a first one again
  forget_at    timestamptz NOT NULL
);
CREATE INDEX lane_lock_until ON lane_lock (locked_until);
CREATE INDEX lane_lock_forget ON lane_lock (forget_at);
