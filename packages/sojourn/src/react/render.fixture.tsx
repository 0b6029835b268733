import { act, type ReactElement, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { afterEach } from "vitest";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

interface Place {
  innerHTML: string;
  readonly textContent: string;
  remove(): void;
  querySelector(selector: string): { click(): void; readonly textContent: string } | null;
}
declare const document: { createElement(name: string): Place; readonly body: { append(place: Place): void } };

/** Something on the page. */
export interface Rendered {
  readonly place: Place;
  /** What it says. */
  readonly text: () => string;
  readonly root: Root;
  again(element: ReactElement): Promise<void>;
  click(selector: string): Promise<void>;
}

let open: Rendered[] = [];
afterEach(async () => {
  for (const { root, place } of open) {
    await act(async () => root.unmount());
    place.remove();
  }
  open = [];
});

/** Shows something, twice as strictly as an app does, and waits until what it began has settled. */
export async function render(element: ReactElement, serverMarkup?: string): Promise<Rendered> {
  const place = document.createElement("div");
  document.body.append(place);
  const strict = <StrictMode>{element}</StrictMode>;
  let root!: Root;
  await act(async () => {
    if (serverMarkup === undefined) {
      root = createRoot(place as never);
      root.render(strict);
    } else {
      place.innerHTML = serverMarkup;
      root = hydrateRoot(place as never, strict, {
        onRecoverableError(error) {
          throw error;
        },
      });
    }
  });
  const rendered: Rendered = {
    place,
    root,
    text: () => place.textContent,
    again: (next) => act(async () => root.render(<StrictMode>{next}</StrictMode>)),
    async click(selector) {
      const target = place.querySelector(selector);
      if (target === null) throw new Error(`There is no ${selector} in ${place.innerHTML}`);
      await act(async () => target.click());
    },
  };
  open.push(rendered);
  return rendered;
}

/** Lets what is under way come to its end. */
export async function settle(): Promise<void> {
  await act(async () => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
    // What is asked in the very moment of an answer would not be newer than it.
    const now = Date.now();
    while (Date.now() === now)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  });
}
