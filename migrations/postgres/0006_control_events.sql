-- What the control state brought about: a budget's threshold reached, a latency target missed or met again. Written once, whoever of the instances saw
-- it first: `key` is the same for all of them.
CREATE TABLE IF NOT EXISTS control_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  kind text NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  at_us bigint NOT NULL,
  detail text NOT NULL,
  UNIQUE (org_id, kind, name, key)
);
