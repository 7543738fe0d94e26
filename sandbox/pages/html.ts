/** HTML made of parts: whatever is put in is escaped, unless it is HTML made the same way. */

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Nothing is shown of what is left out, false or null. */
export type Part = Html | string | number | undefined | null | false | readonly Part[];

/** html`<p>${text}</p>` */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.map((text, index) => text + textOf(parts[index])).join(''));

function textOf(part: Part): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** What is said in both languages. */
export type Words = readonly [zh: string, en: string];

/** zh-TW, and English smaller beside or below it. */
export const both = ([zh, en]: Words): Html => html`${zh} <span lang="en">${en}</span>`;

/** Text in which http addresses are links. */
export const linked = (text: string): Html =>
  html`${text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a class="inline" href="${part}">${part}</a>` : part))}`;
