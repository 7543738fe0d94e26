/** What arrived on phones: SMS and push messages, newest first, as their owners would read them. */
import type { Router } from 'express';
import { both, type Html, html, linked, type Words } from '../pages/html.ts';
import { type Page, type SandboxPages, sendPage } from '../pages/page.ts';
import type { PushState } from './state.ts';
import { readMessage } from './subscriptions.ts';

/** Shown at most; older ones are left to the control interface. */
const SHOWN = 50;
const RECEIVERS_SHOWN = 20;

/** Keeps the list fresh; without script the page is loaded again by hand. */
const SCRIPT = `
setInterval(async () => {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of ['receivers', 'messages']) {
      const [now, shown] = [fresh.getElementById(id), document.getElementById(id)];
      if (now.innerHTML !== shown.innerHTML) shown.replaceChildren(...now.childNodes);
    }
  } catch {
    // The sandbox is being restarted.
  }
}, 2000);
`;

interface Shown {
  at: string;
  /** The phone's number, or the end of the subscription's address. */
  to: string;
  kind: 'sms' | 'push';
  /** Decrypting is the dear part: only what is shown is. */
  body(): Html;
}

export function addMessagesPage(routes: Router, state: () => PushState, pages?: SandboxPages): void {
  routes.get('/', (req, res) => {
    const to = typeof req.query.to === 'string' ? req.query.to : '';
    sendPage(res, messagesPage(allMessages(state(), pages), to, pages));
  });
  routes.get('/messages.js', (_req, res) => void res.type('text/javascript').send(SCRIPT));
}

function messagesPage(messages: readonly Shown[], to: string, pages: SandboxPages | undefined): Page {
  const receivers = [...new Set(messages.map((message) => message.to))].slice(0, RECEIVERS_SHOWN);
  const shown = messages.filter((message) => to === '' || message.to === to).slice(0, SHOWN);
  return {
    title: ['簡訊與推播', 'Messages'],
    notice: [
      '這是模擬的簡訊閘道與推播服務：此處列出送到每一支手機的訊息。真正的推播服務無法讀取內容，只有手機可以。',
      'A simulated SMS gateway and push service: this is what arrived on each phone. A real push service cannot read what it delivers; only the phone can.',
    ],
    script: '/messages.js',
    pages,
    body: html`<nav id="receivers" aria-label="收件者 Receivers"><ul>
<li><a href="/"${to === '' && html` aria-current="page"`}>${both(['全部', 'All'])}</a></li>
${receivers.map(
  (receiver) =>
    html`<li><a href="/?to=${encodeURIComponent(receiver)}"${receiver === to && html` aria-current="page"`}>${receiver}</a></li>`,
)}
</ul></nav>
<div id="messages" role="log" aria-label="訊息 Messages">
${shown.map(card)}
${shown.length === 0 && html`<p>${both(['還沒有訊息。', 'Nothing has arrived yet.'])}</p>`}
</div>
<p><a href="${to === '' ? '/' : `/?to=${encodeURIComponent(to)}`}">${both(['重新整理', 'Reload'])}</a></p>`,
  };
}

const NAMES = { sms: ['簡訊', 'SMS'], push: ['推播', 'Push'] } as const;

const card = ({ at, to, kind, body }: Shown): Html =>
  html`<article class="card"><p><strong>${both(NAMES[kind])}</strong> → ${to} <span class="more"><time datetime="${at}">${inTaiwan(at)}</time></span></p>
<p>${body()}</p></article>\n`;

/** `2026-11-24 03:05:09`, as Taiwan writes and reads it. */
const inTaiwan = (at: string): string => new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Taipei' });

function allMessages(state: PushState, pages: SandboxPages | undefined): Shown[] {
  const sms = state.sms.map(({ at, to, text }) => ({
    at,
    to,
    kind: 'sms' as const,
    body: () => linked(text),
  }));
  // Only looked at: what was not fetched stays so.
  const pushed = state.messagesOf(undefined, Date.now()).map((message) => ({
    at: message.at,
    to: message.subscriptionId.slice(-12),
    kind: 'push' as const,
    body: () => pushedBody(readMessage(state.subscriptions.get(message.subscriptionId), message), pages),
  }));
  return [...sms, ...pushed].toSorted((a, b) => b.at.localeCompare(a.at));
}

/** What the app's service worker makes of it is the app's; here it is said what the message tells the phone. */
const KINDS: Readonly<Record<string, Words>> = {
  ask: ['有一件申報待確認', 'A declaration waits for an answer'],
  reminder: ['提醒：仍待確認', 'Reminder: it still waits'],
  withdrawn: ['已撤回，不必再確認', 'Withdrawn: no answer is needed any more'],
};

function pushedBody(read: unknown, pages: SandboxPages | undefined): Html {
  if (read === null) return html`${both(['無法以此手機的金鑰解密', 'Not readable with this phone’s keys'])}`;
  if (typeof read === 'string') return html`${read}`;
  const { kind, declarationId } = read as { kind?: string; declarationId?: string };
  const words = KINDS[kind ?? ''];
  const link =
    pages && declarationId && new URL(`/d/${encodeURIComponent(declarationId)}`, pages.appUrl).href;
  return html`${words && both(words)} ${link && linked(link)}
<span class="more">${both(['解密後的全部內容', 'All that it holds, decrypted'])}: <code>${JSON.stringify(read)}</code></span>`;
}
