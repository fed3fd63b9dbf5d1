import { render } from "preact";
import { App } from "./app";
import { restoreTheme } from "./lib/palette";
import "./styles/tokens.css";
import "./styles/ui.css";
import "./styles/app.css";
import "./styles/control.css";
import "./styles/anomalies.css";

restoreTheme();
const root = document.getElementById("app");
if (root) render(<App />, root);
