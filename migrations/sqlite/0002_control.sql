-- Who may do what. Secrets are stored as SHA-256 digests (keys, tokens, sessions) or argon2id strings (passwords), provider credentials as
-- references only. Roles: 0 viewer, 1 editor, 2 admin.
CREATE TABLE IF NOT EXISTS orgs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  enabled INTEGER NOT NULL,
  exact_stream_usage INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS org_credentials (
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  provider TEXT NOT NULL,
  reference TEXT NOT NULL,
  PRIMARY KEY (org_id, provider)
) STRICT;

CREATE TABLE IF NOT EXISTS org_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  created_at_us INTEGER NOT NULL,
  expires_at_us INTEGER,
  revoked_at_us INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS org_keys_by_org ON org_keys (org_id);

CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS users_by_org ON users (org_id);

CREATE TABLE IF NOT EXISTS tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  org_id INTEGER NOT NULL REFERENCES orgs (id),
  name TEXT NOT NULL,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  role INTEGER NOT NULL,
  created_at_us INTEGER NOT NULL,
  revoked_at_us INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS tokens_by_org ON tokens (org_id);

CREATE TABLE IF NOT EXISTS sessions (
  digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
  user_id INTEGER NOT NULL REFERENCES users (id),
  expires_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at_us);
