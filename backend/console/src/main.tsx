import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/shell.css";
import "./style/pages.css";
import "./style/panel.css";
import "./style/reports.css";
import "./style/accounts.css";
import "./style/surveys.css";
import "./style/settings.css";
import "./style/tasks.css";

const place = document.getElementById("app");
if (place) render(<App />, place);
