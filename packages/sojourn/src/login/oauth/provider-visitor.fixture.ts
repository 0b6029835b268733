/** What somebody does on the provider's pages. */
export interface Deeds {
  /** The user name they type. */
  readonly as?: string;
  /** Refuse, where the provider asks for the first time. */
  readonly refuse?: boolean;
}

/** The provider's answer, on its way back to the app. */
export interface ProviderAnswer {
  /** With `response_mode=form_post` without its parameters. */
  readonly url: URL;
  /** What is posted there; null for a link. */
  readonly form: URLSearchParams | null;
}

/** A browser on the pages of a provider: follows redirects, keeps cookies, fills in what it is asked for. */
export class ProviderVisitor {
  readonly #cookies = new Map<string, string>();

  /** Goes to a provider's page and on, until the provider is done. */
  async visit(start: string, { as = "ada", refuse = false }: Deeds = {}): Promise<ProviderAnswer> {
    const { origin } = new URL(start);
    let next = new URL(start);
    let body: URLSearchParams | null = null;
    for (let step = 0; step < 20; step += 1) {
      if (next.origin !== origin) return { url: next, form: null };
      const response = await this.#send(next, body);
      const location = response.headers.get("location");
      body = null;
      if (location !== null) {
        next = new URL(location, next);
        continue;
      }
      const page = await response.text();
      const action = new URL(/ action="([^"]+)"/.exec(page)?.[1] ?? "", next);
      if (action.origin !== origin) return { url: action, form: hiddenFields(page) };
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      if (!response.ok || prompt === undefined) throw new Error(`${next.href}: ${response.status}\n${page}`);
      if (refuse) {
        next = new URL(`${next.pathname}/abort`, next);
        continue;
      }
      next = action;
      body = new URLSearchParams(prompt === "login" ? { prompt, login: as, password: "any" } : { prompt });
    }
    throw new Error("The provider goes round in circles.");
  }

  /** Goes to a provider's page for signing out and says yes there. @returns where the provider is done. */
  async signOut(start: string): Promise<URL> {
    const { origin } = new URL(start);
    let next = new URL(start);
    let body: URLSearchParams | null = null;
    for (let step = 0; step < 10; step += 1) {
      if (next.origin !== origin) return next;
      const response = await this.#send(next, body);
      const location = response.headers.get("location");
      body = null;
      if (location !== null) {
        next = new URL(location, next);
        continue;
      }
      const page = await response.text();
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1];
      if (xsrf === undefined) return next;
      next = new URL(/ action="([^"]+)"/.exec(page)?.[1] ?? "about:blank", next);
      body = new URLSearchParams({ xsrf, logout: "yes" });
    }
    throw new Error("The provider goes round in circles.");
  }

  async #send(url: URL, body: URLSearchParams | null): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      method: body === null ? "GET" : "POST",
      redirect: "manual",
      headers: { cookie },
      ...(body === null ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      const value = pair.slice(at + 1);
      if (value === "") this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), value);
    }
    return response;
  }
}

function hiddenFields(page: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [, name = "", value = ""] of page.matchAll(/name="([^"]+)" value="([^"]*)"/g))
    fields.append(name, value.replaceAll("&amp;", "&").replaceAll("&quot;", '"'));
  return fields;
}
