/** The interface for people, made of the OpenAPI document: one page of plain HTML, without a script. */
import { type Html, html, prose } from './html.ts';
import { membersOf, type Schema, schemaAnchor, typeOf } from './schema.ts';

/** What of the OpenAPI 3.1 document is shown. */
export interface OpenApi {
  info: { title: string; description?: string };
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
}
interface Operation {
  operationId: string;
  summary: string;
  tags: readonly string[];
  security: readonly Readonly<Record<string, unknown>>[];
  parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  requestBody?: { content: Readonly<Record<string, Media>> };
  responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, Media>> }>>;
}
interface Media {
  schema: Schema;
  example?: unknown;
}

/** Who is let in, by the security scheme. */
const WHO: Readonly<Record<string, string>> = {
  broker: "a broker's access token (Authorization: Bearer)",
  client: 'client id and secret (HTTP Basic), or a client assertion (private_key_jwt)',
  session: "the importer's session cookie",
  registration: 'the cookie of the browser that registers',
  console: "the console's session cookie",
  customs: "Customs' token (Authorization: Bearer)",
  operator: "the operator's token (Authorization: Bearer), or the loopback",
};

/** Interfaces that other systems build on come first; the last ones are those of our own pages. */
const ORDER = [
  'brokers',
  'customs',
  'transparency log',
  'operators',
  'documentation',
  'importers',
  'console',
];

const anchorOf = (tag: string): string => `tag-${tag.replaceAll(' ', '-')}`;

export function documentationPage(document: OpenApi): string {
  const tags = [...document.tags].sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  const { title, description } = document.info;
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: the interface</title>
<link rel="stylesheet" href="/docs/style.css">
<a class="skip" href="#main">To the operations</a>
<header>
<h1>${title}</h1>
<p>${description}</p>
<p>The same for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Errors are <a href="#${schemaAnchor('Problem')}">problem details</a> (RFC 9457); each code
is a link to its remedy. JSON in UTF-8; times are RFC 3339 with an offset, money and quantities are decimal strings, unknown members are refused.
Every answer carries <code>x-request-id</code>; <code>RateLimit</code> and <code>RateLimit-Policy</code> tell how much is left.</p>
<h2 id="changes">What may change</h2>
<p>New members of answers, new event types, new problem codes, new operations and new optional members of requests may come at any time: ignore what you do
not know. Nothing is taken away, renamed or made narrower under <code>/v1</code> and <code>/customs/v1</code> without notice: it is marked with the
headers <code>Deprecation</code> (RFC 9745) and <code>Sunset</code> (RFC 8594), is told to every broker, and goes on for six months at least. What is offered to our own pages
(importers, console) may change with them.</p>
</header>
<nav aria-label="Parts"><ul>${tags.map(({ name }) => html`<li><a href="#${anchorOf(name)}">${name}</a></li>`)}<li><a href="#schemas">schemas</a></li></ul></nav>
<main id="main">
${tags.map((tag) => section(tag, document))}
<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${Object.entries(document.components.schemas).map(named)}</section>
</main>
</html>
`;
  return page.text;
}

function section({ name, description }: OpenApi['tags'][number], { paths }: OpenApi): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => operationOf(path, method, operation)),
  );
  return html`<section aria-labelledby="${anchorOf(name)}"><h2 id="${anchorOf(name)}">${name}</h2><p>${description}</p>${operations}</section>`;
}

function operationOf(path: string, method: string, operation: Operation): Html {
  const { operationId, summary, security, parameters = [], requestBody, responses } = operation;
  const who = security.flatMap(Object.keys).map((scheme) => WHO[scheme] ?? scheme);
  return html`<article aria-labelledby="${operationId}">
<h3 id="${operationId}"><code><b>${method.toUpperCase()}</b> ${path}</code> <a href="#${operationId}" aria-label="Link to ${operationId}">#</a></h3>
<p>${prose(summary)}</p>
${who.length > 0 && html`<p class="who">For ${who.join(' or ')}.</p>`}
${parameters.length > 0 && html`<h4>Parameters</h4><dl>${parameters.map(parameterOf)}</dl>`}
${requestBody && html`<h4>Body</h4>${Object.entries(requestBody.content).map(mediaOf)}`}
<h4>Answers</h4><dl>${Object.entries(responses).map(answerOf)}</dl>
</article>`;
}

function parameterOf({
  name,
  in: where,
  required,
  description,
  schema,
}: NonNullable<Operation['parameters']>[number]): Html {
  const about = description ?? schema.description;
  return html`<dt><code>${name}</code></dt><dd>${where} · ${typeOf(schema)}${!required && ' · may be absent'}${
    about && html`<br>${prose(about)}`
  }</dd>`;
}

const mediaOf = ([type, { schema, example = schema.example }]: readonly [string, Media]): Html =>
  html`<p><code>${type}</code>: ${typeOf(schema)}</p>${membersOf(schema)}${example !== undefined && exampleOf(example)}`;

const exampleOf = (example: unknown): Html =>
  html`<pre tabindex="0" aria-label="Example"><code>${typeof example === 'string' ? example : JSON.stringify(example, null, 2)}</code></pre>`;

function answerOf([status, { description, content = {} }]: [string, Operation['responses'][string]]): Html {
  const codes = [...description.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code ?? '');
  if (codes.length > 0) {
    return html`<dt>${status}</dt><dd>${codes.map((code) => html`<a href="/problems/${code}">${code}</a> `)}</dd>`;
  }
  const bodies = Object.entries(content).map(
    ([type, { schema }]) => html`<code>${type}</code>: ${typeOf(schema)}${membersOf(schema)}`,
  );
  return html`<dt>${status}</dt><dd>${bodies.length > 0 ? bodies : 'without a body'}</dd>`;
}

const named = ([name, schema]: [string, Schema]): Html =>
  html`<article aria-labelledby="${schemaAnchor(name)}"><h3 id="${schemaAnchor(name)}">${name}</h3>${
    schema.description && html`<p>${prose(schema.description)}</p>`
  }${membersOf(schema) ?? html`<p>${typeOf(schema)}</p>`}${schema.example !== undefined && exampleOf(schema.example)}</article>`;
