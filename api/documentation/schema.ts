/** JSON Schema (as OpenAPI 3.1 has it) for people: what a member is, in a line, and what it holds, below. */
import { type Html, html, prose } from './html.ts';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: readonly unknown[];
  const?: unknown;
  pattern?: string;
  description?: string;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
}

const nameOf = ($ref: string): string => $ref.replace('#/components/schemas/', '');
export const schemaAnchor = (name: string): string => `schema-${name}`;

const alternatives = ({ anyOf, oneOf, allOf }: Schema): readonly Schema[] => anyOf ?? oneOf ?? allOf ?? [];

/** In a line: a link, a type, a list of words. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum)
    return html`one of ${joined(
      schema.enum.map((word) => html`<code>${String(word)}</code>`),
      ' ',
    )}`;
  const others = alternatives(schema);
  if (others.length > 0) return joined(others.map(typeOf), ' or ');
  if (schema.items) return html`list of ${typeOf(schema.items)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  return html`${type}${schema.format && ` (${schema.format})`}`;
}

const joined = (parts: readonly Html[], between: string): Html =>
  html`${parts.map((part, i) => (i === 0 ? part : html`${between}${part}`))}`;

/** Bounds, said in words. */
function boundsOf({ minimum, maximum, minLength, maxLength, minItems, maxItems, pattern }: Schema): Html[] {
  const range = (least?: number, most?: number, what = '') => {
    if (least === undefined && most === undefined) return [];
    if (most === undefined || most >= 2 ** 31 - 1) return least ? [html`from ${least}${what}`] : [];
    return [html`${least ?? 0} to ${most}${what}`];
  };
  return [
    ...range(minimum, maximum),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...(pattern ? [html`<code>${pattern}</code>`] : []),
  ];
}

/** The members of an object, or of a list's items, with theirs below; nothing where there are none. */
export function membersOf(schema: Schema): Html | null {
  if (schema.$ref) return null;
  const inner = [schema.items, ...alternatives(schema)].flatMap((one) => (one ? (membersOf(one) ?? []) : []));
  const own = Object.entries(schema.properties ?? {});
  if (own.length === 0) return inner.length > 0 ? html`${inner}` : null;
  const needed = new Set(schema.required);
  return html`<dl>${own.map(([name, member]) => memberOf(name, member, needed.has(name)))}</dl>${inner}`;
}

function memberOf(name: string, schema: Schema, needed: boolean): Html {
  const told = [typeOf(schema), ...boundsOf(schema), ...(needed ? [] : [html`may be absent`])];
  return html`<dt><code>${name}</code></dt><dd>${joined(told, ' · ')}${
    schema.description && html`<br>${prose(schema.description)}`
  }${membersOf(schema)}</dd>`;
}
