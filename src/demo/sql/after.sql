-- What goes faster once the rows are there: large objects, keys, indexes, triggers, views.
SELECT count(lo_from_bytea(content, data)) FROM crm.arriving;
DROP TABLE crm.arriving;

ALTER TABLE crm.users ADD PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE crm.companies ADD PRIMARY KEY (id), ADD UNIQUE (tax_number),
  ADD FOREIGN KEY (owner_id) REFERENCES crm.users;
ALTER TABLE crm.contacts ADD PRIMARY KEY (id), ADD FOREIGN KEY (company_id) REFERENCES crm.companies ON DELETE CASCADE;
ALTER TABLE crm.deals ADD PRIMARY KEY (id), ADD FOREIGN KEY (company_id) REFERENCES crm.companies ON DELETE CASCADE,
  ADD FOREIGN KEY (contact_id) REFERENCES crm.contacts ON DELETE SET NULL, ADD FOREIGN KEY (owner_id) REFERENCES crm.users;
ALTER TABLE crm.invoices ADD PRIMARY KEY (id), ADD UNIQUE (number), ADD FOREIGN KEY (company_id) REFERENCES crm.companies,
  ADD FOREIGN KEY (deal_id) REFERENCES crm.deals ON DELETE SET NULL;
ALTER TABLE crm.invoice_lines ADD PRIMARY KEY (invoice_id, position),
  ADD FOREIGN KEY (invoice_id) REFERENCES crm.invoices ON DELETE CASCADE;
ALTER TABLE crm.calls ADD PRIMARY KEY (id), ADD FOREIGN KEY (contact_id) REFERENCES crm.contacts ON DELETE CASCADE,
  ADD FOREIGN KEY (user_id) REFERENCES crm.users;
ALTER TABLE crm.notes ADD PRIMARY KEY (id), ADD FOREIGN KEY (company_id) REFERENCES crm.companies ON DELETE CASCADE,
  ADD FOREIGN KEY (author_id) REFERENCES crm.users;
ALTER TABLE crm.documents ADD PRIMARY KEY (id), ADD UNIQUE (content),
  ADD FOREIGN KEY (company_id) REFERENCES crm.companies ON DELETE CASCADE;

CREATE INDEX ON crm.companies (lower(name));
CREATE INDEX ON crm.companies USING gin (tags);
CREATE INDEX ON crm.companies USING gin (details jsonb_path_ops);
CREATE INDEX ON crm.contacts (company_id);
CREATE INDEX ON crm.deals (company_id);
CREATE INDEX ON crm.deals (expected_close) WHERE stage <> 'won' AND stage <> 'lost';
CREATE INDEX ON crm.invoices (company_id, issued_on DESC);
CREATE INDEX ON crm.invoices (due_on) WHERE paid_on IS NULL;
CREATE INDEX ON crm.calls (contact_id);
CREATE INDEX ON crm.calls USING brin (started_at);
CREATE INDEX ON crm.notes (company_id);
COMMENT ON INDEX crm.invoices_due_on_idx IS 'for reminders';

-- The next row of each table comes after those of the sample.
SELECT setval(pg_get_serial_sequence('crm.' || t, 'id'), n) FROM (VALUES
  ('users', (SELECT max(id) FROM crm.users)), ('companies', (SELECT max(id) FROM crm.companies)),
  ('contacts', (SELECT max(id) FROM crm.contacts)), ('deals', (SELECT max(id) FROM crm.deals)),
  ('invoices', (SELECT max(id) FROM crm.invoices)), ('calls', (SELECT max(id) FROM crm.calls)),
  ('notes', (SELECT max(id) FROM crm.notes)), ('documents', (SELECT max(id) FROM crm.documents))) AS last (t, n);

CREATE FUNCTION crm.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION crm.touch() IS 'Keeps updated_at true';
CREATE TRIGGER touch BEFORE UPDATE ON crm.companies FOR EACH ROW EXECUTE FUNCTION crm.touch();

CREATE FUNCTION crm.forget_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lo_unlink(OLD.content);
  RETURN OLD;
END $$;
COMMENT ON FUNCTION crm.forget_content() IS 'A deleted document takes its large object with it';
CREATE TRIGGER forget_content AFTER DELETE ON crm.documents FOR EACH ROW EXECUTE FUNCTION crm.forget_content();

CREATE VIEW crm.open_invoices AS
  SELECT i.number, c.name AS company, c.country, i.due_on, i.gross, i.currency
  FROM crm.invoices i JOIN crm.companies c ON c.id = i.company_id
  WHERE i.paid_on IS NULL AND i.status <> 'void';

CREATE MATERIALIZED VIEW crm.revenue_by_month AS
  SELECT date_trunc('month', issued_on)::date AS month, currency, count(*) AS invoices, sum(net) AS net
  FROM crm.invoices WHERE status <> 'void' GROUP BY 1, 2;
CREATE UNIQUE INDEX ON crm.revenue_by_month (month, currency);

GRANT USAGE ON SCHEMA crm TO crm_reader;
GRANT SELECT ON crm.companies, crm.contacts, crm.deals, crm.invoices, crm.invoice_lines, crm.open_invoices, crm.revenue_by_month
  TO crm_reader;
GRANT SELECT (id, full_name, role, active) ON crm.users TO crm_reader;

ANALYZE crm.users, crm.companies, crm.contacts, crm.deals, crm.invoices, crm.invoice_lines, crm.calls, crm.notes,
  crm.documents, crm.revenue_by_month;
