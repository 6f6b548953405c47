-- What tells one secret of the gateway from another and says nothing about it: nodes with different ones would count
-- failed attempts apart and not read each other's forms.
CREATE TABLE secret_print (
  -- secret_key, encryption:<id> or pepper:<id>
  name  text PRIMARY KEY,
  print bytea NOT NULL CHECK (length(print) = 32)
);
