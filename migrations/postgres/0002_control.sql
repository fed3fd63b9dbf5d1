-- Who may do what. Secrets are stored as SHA-256 digests (keys, tokens, sessions) or argon2id strings (passwords), provider credentials as
-- references only. Roles: 0 viewer, 1 editor, 2 admin.
CREATE TABLE IF NOT EXISTS orgs (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE,
  enabled boolean NOT NULL,
  exact_stream_usage boolean NOT NULL,
  created_at_us bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS org_credentials (
  org_id bigint NOT NULL REFERENCES orgs (id),
  provider text NOT NULL,
  reference text NOT NULL,
  PRIMARY KEY (org_id, provider)
);

CREATE TABLE IF NOT EXISTS org_keys (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  name text NOT NULL,
  hint text NOT NULL,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  created_at_us bigint NOT NULL,
  expires_at_us bigint,
  revoked_at_us bigint
);
CREATE INDEX IF NOT EXISTS org_keys_by_org ON org_keys (org_id);

CREATE TABLE IF NOT EXISTS users (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  name text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  role smallint NOT NULL
);
CREATE INDEX IF NOT EXISTS users_by_org ON users (org_id);

CREATE TABLE IF NOT EXISTS tokens (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  name text NOT NULL,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  role smallint NOT NULL,
  created_at_us bigint NOT NULL,
  revoked_at_us bigint
);
CREATE INDEX IF NOT EXISTS tokens_by_org ON tokens (org_id);

CREATE TABLE IF NOT EXISTS sessions (
  digest bytea NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
  user_id bigint NOT NULL REFERENCES users (id),
  expires_at_us bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at_us);
