/** "Which phone is this?": stands for the mobile network, which knows that by itself. zh-TW and English. */
import { MSISDN_PARAMETER } from './provider.ts';
import type { Subscriber } from './subscribers.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 34rem; padding: 1rem; }
.sandbox { border: 2px solid #b45309; border-radius: .5rem; padding: .75rem 1rem; }
ul { list-style: none; margin: 0; padding: 0; }
a { border: 1px solid color-mix(in srgb, currentColor 40%, transparent); border-radius: .5rem; color: inherit;
  display: block; margin: .5rem 0; min-height: 44px; padding: .5rem 1rem; text-decoration: none; }
a:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
a:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
a span { display: block; font-size: .9375rem; }
[lang=en] { display: block; font-size: .9375rem; }`;

/** The whole page. Each choice leads back to the same authorization request with the subscriber named. */
export function whichPhonePage(query: URLSearchParams, subscribers: [string, Subscriber][]): string {
  const choices = subscribers.map(([phone, { name, contract }]) =>
    choice(query, phone, phone, [name ?? '—', contract === 'PAYG' ? '預付卡 prepaid' : ''].join(' ').trim()),
  );
  return `<!doctype html>
<html lang="zh-Hant-TW">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>這是哪一支手機？ Which phone is this?</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>這是哪一支手機？<span lang="en">Which phone is this?</span></h1>
<p class="sandbox">這是測試環境，不是真正的電信業者，名單皆為虛構。真正的行動網路會自行辨識門號，不會出現這個畫面。
<span lang="en">This is a sandbox, not a telecom operator; everybody listed is invented. A real mobile network recognises
the SIM by itself and never shows this page.</span></p>
<nav aria-label="手機 Phones"><ul>
${choices.join('\n')}
${choice(query, 'wifi', '透過 Wi-Fi 連線（無法辨識門號）', 'On Wi-Fi: the number is not recognised')}
</ul></nav>
</main>
</body>
</html>
`;
}

function choice(query: URLSearchParams, value: string, title: string, detail: string): string {
  const target = new URLSearchParams(query);
  target.set(MSISDN_PARAMETER, value);
  return `<li><a href="/authorize?${escapeHtml(target.toString())}">${escapeHtml(title)}<span>${escapeHtml(detail)}</span></a></li>`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
