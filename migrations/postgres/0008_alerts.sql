-- What is owed to whom: a row for each event and channel, made with the event. state: 0 pending, 1 sent, 2 dead. A pending row is nobody's until
-- next_at_us; who takes it puts that off, so that it comes back when the taker dies. result is in Lectr's own words.
CREATE TABLE IF NOT EXISTS alert_deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id bigint NOT NULL REFERENCES orgs (id),
  event_id bigint NOT NULL REFERENCES control_events (id) ON DELETE CASCADE,
  channel text NOT NULL,
  state smallint NOT NULL,
  attempts integer NOT NULL,
  created_at_us bigint NOT NULL,
  next_at_us bigint NOT NULL,
  changed_at_us bigint NOT NULL,
  claim text NOT NULL,
  status integer NOT NULL,
  result text NOT NULL,
  UNIQUE (event_id, channel)
);
CREATE INDEX IF NOT EXISTS alert_deliveries_due ON alert_deliveries (next_at_us) WHERE state = 0;
CREATE INDEX IF NOT EXISTS alert_deliveries_of_org ON alert_deliveries (org_id, id);
-- What webhooks are signed with, where Lectr made it. By name, as channels have no other identity.
CREATE TABLE IF NOT EXISTS alert_secrets (
  org_id bigint NOT NULL REFERENCES orgs (id),
  channel text NOT NULL,
  secret text NOT NULL,
  created_at_us bigint NOT NULL,
  PRIMARY KEY (org_id, channel)
);
