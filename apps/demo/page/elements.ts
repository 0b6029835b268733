/**
 * An element of the page's markup, as what it is.
 *
 * @throws {Error} if the markup and the code have drifted apart.
 */
export function element<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${kind.name} with the id "${id}".`);
}

/** The first match inside a parent, as what it is. @throws {Error} if there is none. */
export function part<Kind extends Element>(parent: ParentNode, selector: string, kind: new () => Kind): Kind {
  const found = parent.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`There is no ${kind.name} for "${selector}".`);
}

/** Shows text. Names and user agents come from strangers, so nothing here ever parses markup. */
export function setText(target: Element, text: string): void {
  // Writing only what changed keeps selections, and screen readers quiet.
  if (target.textContent !== text) target.replaceChildren(text);
}
