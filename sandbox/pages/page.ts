/** The frame of every page that people see in the sandbox: it says what it is, works without script, and looks alike. */
import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { both, type Html, html, type Words } from './html.ts';
import { STYLE } from './style.ts';

/** Where a newcomer goes in the sandbox; each known to all programs (`SANDBOX_PAGES`, JSON). */
export interface SandboxPages {
  appUrl: string;
  messagesUrl: string;
  customsUrl: string;
  telecomUrl: string;
}

export interface Page {
  title: Words;
  /** What is simulated here, and what a real one would do instead. */
  notice: Words;
  body: Html;
  pages?: SandboxPages | undefined;
  /** Path of a script of this program's own; the page must work without it. */
  script?: string;
}

const STYLE_HASH = createHash('sha256').update(STYLE.text).digest('base64');
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const NAMES: readonly (readonly [keyof SandboxPages, Words])[] = [
  ['appUrl', ['進口人 App', 'Importer’s app']],
  ['telecomUrl', ['SIM 卡', 'SIM cards']],
  ['customsUrl', ['海關', 'Customs']],
  ['messagesUrl', ['簡訊與推播', 'Messages']],
];

/** Answers with the page under a policy that lets in nothing but its own style, form and script. */
export function sendPage(res: Response, page: Page, status = 200): void {
  res
    .status(status)
    .set({
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('html')
    .send(`<!doctype html>\n${document(page).text}\n`);
}

const document = ({ title, notice, body, pages, script }: Page): Html => html`<html lang="zh-Hant-TW">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title[0]} ${title[1]}</title>
<style>${STYLE}</style>
${script && html`<script src="${script}" defer></script>`}
</head>
<body>
<header>
<p class="ribbon">${both(['測試環境', 'Sandbox'])}</p>
${pages && navigation(pages)}
</header>
<main>
<h1>${both(title)}</h1>
<p class="notice">${both(notice)}</p>
${body}
</main>
</body>
</html>`;

const navigation = (pages: SandboxPages): Html => html`<nav aria-label="測試環境 Sandbox"><ul>
${NAMES.map(([name, words]) => html`<li><a href="${pages[name]}">${both(words)}</a></li>`)}
</ul></nav>`;
