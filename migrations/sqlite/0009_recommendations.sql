-- What somebody decided about a recommendation: 1 dismissed, 2 applied as a rule, 0 open again. Recommendations themselves are computed anew each time;
-- what they were about is kept here, since the data that they came from may change. cost_before is decimal dollars: a sum may be larger than a price.
CREATE TABLE IF NOT EXISTS recommendations (
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  id TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
  at_us INTEGER NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL,
  feature TEXT NOT NULL,
  task TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  to_provider TEXT NOT NULL,
  to_model TEXT NOT NULL,
  rule TEXT NOT NULL,
  requests_before INTEGER NOT NULL,
  errors_before INTEGER NOT NULL,
  days_before INTEGER NOT NULL,
  cost_before TEXT NOT NULL,
  PRIMARY KEY (org_id, id)
) STRICT;
