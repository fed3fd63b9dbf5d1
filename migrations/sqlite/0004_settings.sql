-- What an org sets for itself: how long its rows are kept, its own addresses of providers, its own prices, and when its API tokens end. Tables of
-- their own beside the old ones, so that a daemon that does not know them goes on. No row: the default.
CREATE TABLE IF NOT EXISTS org_retention (
  org_id INTEGER NOT NULL PRIMARY KEY REFERENCES orgs (id),
  row_days INTEGER NOT NULL CHECK (row_days >= 0),
  rollup_days INTEGER NOT NULL CHECK (rollup_days >= 0)
) STRICT;

CREATE TABLE IF NOT EXISTS org_base_urls (
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  provider TEXT NOT NULL,
  base_url TEXT NOT NULL,
  PRIMARY KEY (org_id, provider)
) STRICT;

-- In 1e-15 USD per token. NULL: not known.
CREATE TABLE IF NOT EXISTS org_prices (
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  input INTEGER NOT NULL CHECK (input >= 0),
  output INTEGER NOT NULL CHECK (output >= 0),
  cached INTEGER CHECK (cached >= 0),
  cache_write INTEGER CHECK (cache_write >= 0),
  PRIMARY KEY (org_id, provider, model)
) STRICT;

CREATE TABLE IF NOT EXISTS token_ends (
  token_id INTEGER NOT NULL PRIMARY KEY REFERENCES tokens (id),
  expires_at_us INTEGER NOT NULL
) STRICT;

-- Members that leave take their sessions with them.
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);
