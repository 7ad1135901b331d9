// Elements of the page. Everything becomes text or an attribute, never markup.

export type Content = Node | string;

/** A new element with attributes and children; strings become text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Text of a stranger: it has a direction of its own, which stops where it ends. */
export function foreign(text: string): HTMLElement {
  return make("span", { class: "foreign", dir: "auto" }, text);
}

/** An element that is in the document the page came with. */
export function byId(id: string): HTMLElement {
  // All that are asked for are in playground.html.
  return document.getElementById(id) as HTMLElement;
}

/** Sets a number the style sheet calculates with. */
export function setNumber(element: HTMLElement, name: `--${string}`, value: number): void {
  element.style.setProperty(name, String(value));
}
