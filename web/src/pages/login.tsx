import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { Me } from "../api/types";
import { Mark } from "../components/icons";

export function Login({ signedIn, note }: { signedIn: (me: Me) => void; note: string | null }): JSX.Element {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      signedIn(await api.login(user, password));
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(0, "internal", "The page failed to read the answer."));
      setPassword("");
      setBusy(false);
    }
  };
  const at = (name: string) => problem?.field === name;
  return (
    <div class="lone">
      <main class="login">
        <div class="brand lb"><Mark />Lectr</div>
        <section class="card"><form class="pad form lf" onSubmit={(event) => void submit(event)}>
          <h1>Sign in</h1>
          {note && !problem && <p class="mid" role="status">{note}</p>}
          {problem && !at("user") && !at("password") && <p class="err" role="alert">{problem.message}</p>}
          <label class="field"><span>User</span><input class={at("user") ? "input bad" : "input"} name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required value={user} onInput={(e) => setUser(e.currentTarget.value)} />{at("user") && <span class="hint err" role="alert">{problem?.message}</span>}</label>
          <label class="field"><span>Password</span><input class={at("password") ? "input bad" : "input"} type="password" name="password" autocomplete="current-password" required aria-invalid={at("password")} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />{at("password") && <span class="hint err" role="alert">{problem?.message}</span>}</label>
          <button class="btn primary wideb" type="submit" disabled={busy}>{busy ? "Signing in" : "Sign in"}</button>
        </form></section>
        <p class="dim lt">First start? <span class="mono">lectr serve</span> printed the admin login once.</p>
      </main>
      <footer class="dim lft"><span>{location.protocol === "https:" ? "TLS" : "Plain HTTP"}</span></footer>
    </div>
  );
}
