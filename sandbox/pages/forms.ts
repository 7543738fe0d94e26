/** Fields of the sandbox's forms, and what came of them. */
import type { Request } from 'express';
import { rawBody } from '../problem.ts';
import { both, type Html, html, type Words } from './html.ts';

/** What a form sent, by field; of fields of one name the first. */
export const formOf = (req: Request): Readonly<Record<string, string>> =>
  Object.fromEntries([...new URLSearchParams(rawBody(req).toString('utf8'))].reverse());

export interface Field {
  name: string;
  label: Words;
  value: string;
  type?: 'text' | 'date' | 'tel';
  hint?: Words | undefined;
  error?: Words | undefined;
}

export function field({ name, label, value, type = 'text', hint, error }: Field): Html {
  const told = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<p><label for="${name}">${both(label)}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" required autocomplete="off"${
    told && html` aria-describedby="${told}"`
  }${error && html` aria-invalid="true"`}>
${hint && html`<span class="more" id="${name}-hint">${both(hint)}</span>`}
${error && html`<strong class="error" id="${name}-error">${both(error)}</strong>`}</p>`;
}

export const tick = (name: string, label: Words, ticked: boolean): Html =>
  html`<label class="tick"><input type="checkbox" name="${name}"${ticked && html` checked`}><span>${both(label)}</span></label>`;

/** One of several, as radio buttons under a title. */
export const choice = (
  name: string,
  title: Words,
  options: readonly (readonly [value: string, label: Words])[],
  chosen: string,
): Html => html`<fieldset><legend>${both(title)}</legend>
${options.map(
  ([value, label]) =>
    html`<label class="tick"><input type="radio" name="${name}" value="${value}"${
      value === chosen && html` checked`
    }><span>${both(label)}</span></label>\n`,
)}</fieldset>`;
