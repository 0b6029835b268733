import { client } from "./client.ts";
import { demoFacts } from "./demo-facts.ts";
import { element, part, setText } from "./elements.ts";
import { showToast } from "./toast.ts";
import { sayWhenSignedOut } from "./views.ts";
import { providerFaultText } from "./wording.ts";

const where = element("provider", HTMLDivElement);
const link = element("provider-link", HTMLAnchorElement);
const remember = element("remember", HTMLInputElement);
const start = "/auth/sign-in/provider";

/** Lets a visitor sign in at a provider, where the server has one. */
export function wireProviderLink(): void {
  remember.addEventListener("change", () => {
    link.href = remember.checked ? `${start}?remember` : start;
  });
}

/** Shows it as soon as it is known. */
export function showProviderLink(): void {
  const title = demoFacts()?.provider ?? null;
  where.hidden = title === null;
  if (title !== null) setText(part(link, "span", HTMLSpanElement), `Sign in with ${title}`);
}

/** Says why signing in there failed, if that is how the visitor came here. Reloading says it no second time. */
export function tellProviderFault(): void {
  const url = new URL(location.href);
  const code = url.searchParams.get("error");
  if (code === null) return;
  url.searchParams.delete("error");
  history.replaceState(null, "", url);
  const text = providerFaultText(code);
  const { status } = client.$session.get();
  if (status === "signed-in") return showToast(text);
  sayWhenSignedOut(text);
  if (status === "signed-out") return;
  const stop = client.$session.listen((state) => {
    if (state.status === "pending") return;
    if (state.status === "signed-in") showToast(text);
    stop();
  });
}
