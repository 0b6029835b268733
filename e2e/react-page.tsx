import { StrictMode, version } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { createClient, type SessionReply } from "sojourn/client";
import { App, type Wishes } from "./react-app.tsx";

const root = document.querySelector("#root") as HTMLElement;
const facts = JSON.parse(document.querySelector("#facts")?.textContent ?? "{}") as {
  readonly initial?: SessionReply | null;
  readonly wishes: Wishes;
};
const client = createClient({ hint: false });
const app = (
  <StrictMode>
    <App client={client} initial={facts.initial} wishes={facts.wishes} />
  </StrictMode>
);
Object.assign(window, { reactVersion: version });
if (root.childElementCount > 0) hydrateRoot(root, app);
else createRoot(root).render(app);
