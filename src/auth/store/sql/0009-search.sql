-- What administrators look for accounts by, and locks by their account.

-- Name, display name and e-mail address in lower case and without accents, so that a part of any is found as it is
-- typed. One column that is read from end to end: ten thousand accounts take a few milliseconds, and no extension has
-- to be there. What PostgreSQL cannot take apart in another encoding keeps its accents.
DO $$
DECLARE
  whole constant text := 'name || '' '' || display_name || '' '' || email';
BEGIN
  EXECUTE format(
    'ALTER TABLE account ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (lower(%s)) STORED',
    CASE current_setting('server_encoding')
      WHEN 'UTF8' THEN format('regexp_replace(normalize(%s, NFKD), ''[\u0300-\u036f]'', '''', ''g'')', whole)
      ELSE whole
    END);
END
$$;

CREATE INDEX lane_lock_account ON lane_lock (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX message_account ON message (account_id, created_at) WHERE account_id IS NOT NULL;
