// How long rows are kept, and what the org is called.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, known, type ApiError } from "../../api/client";
import type { Me, Org } from "../../api/types";
import { date } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { useToast } from "../toast";
import { may, Section, Text, whoMay } from "./shared";

export function Data({ me }: { me: Me }): JSX.Element {
  const answer = useQuery("org", (signal) => api.org(signal));
  return (
    <Section title="Data and org" says="how long what is kept" answer={answer}>
      {answer.data && <Form me={me} org={answer.data} saved={answer.retry} />}
    </Section>
  );
}

function Form({ me, org, saved }: { me: Me; org: Org; saved: () => void }): JSX.Element {
  const [name, setName] = useState(org.name ?? "");
  const [rows, setRows] = useState(String(org.retention.row_days ?? ""));
  const [rollups, setRollups] = useState(String(org.retention.rollup_days ?? ""));
  const [exact, setExact] = useState(org.exact_stream_usage);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const say = useToast();
  useEffect(() => {
    setName(org.name ?? "");
    setRows(String(org.retention.row_days ?? ""));
    setRollups(String(org.retention.rollup_days ?? ""));
    setExact(org.exact_stream_usage);
  }, [JSON.stringify(org)]);
  const at = (...names: string[]) => (problem?.field && names.includes(problem.field) ? problem.message : null);
  const kept = (text: string) => (text === "" ? null : Number(text));
  const retention = { row_days: kept(rows), rollup_days: kept(rollups) };
  const change = {
    ...(name === (org.name ?? "") ? {} : { name }), ...(exact === org.exact_stream_usage ? {} : { exact_stream_usage: exact }),
    ...(JSON.stringify(retention) === JSON.stringify({ row_days: org.retention.row_days, rollup_days: org.retention.rollup_days }) ? {} : { retention }),
  };
  const shorter = retention.row_days !== null && (org.retention.row_days === null || retention.row_days < org.retention.row_days);
  const save = async (event: Event) => {
    event.preventDefault();
    setProblem(null);
    try {
      await api.setOrg(change);
      say("Saved.");
      saved();
    } catch (reason) {
      setProblem(known(reason));
    }
  };
  const allowed = may(me, "admin");
  return (
    <form class="form pad narrow" onSubmit={(event) => void save(event)}>
      <fieldset disabled={!allowed} class="form">
        <Text name="name" label="Name of the org" value={name} set={setName} error={at("name")} />
        <div class="two">
          <Text name="row_days" label="Request rows, days" type="number" value={rows} set={setRows} error={at("row_days", "retention.row_days", "retention")} required={false} hint="The log and its details. Empty: kept for ever." />
          <Text name="rollup_days" label="Sums, days" type="number" value={rollups} set={setRollups} error={at("rollup_days", "retention.rollup_days")} required={false} hint="Charts, costs, figures. Empty: kept for ever." />
        </div>
        {shorter && <p class="s-warn note0">Rows older than {rows} days are dropped for good.</p>}
        <label class="check"><input type="checkbox" checked={exact} onChange={(event) => setExact(event.currentTarget.checked)} /><span><b class="strong">Exact stream usage</b><span class="dim">Streams are asked for their usage; the extra chunk is taken out again, so clients see what they asked for.</span></span></label>
      </fieldset>
      {problem && !problem.field && <p class="err" role="alert">{problem.message} Nothing was changed.</p>}
      <div class="acts"><span class="dim">{allowed ? (org.created_at ? `Made ${date(org.created_at)}` : "") : whoMay("admin")}</span><span class="grow" /><button class="btn primary" type="submit" disabled={!allowed || Object.keys(change).length === 0}>Save</button></div>
    </form>
  );
}
