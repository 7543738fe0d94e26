/** "Which phone is this?": stands for the mobile network, which knows that by itself. */
import { both, type Html, html, type Words } from '../pages/html.ts';
import type { Page } from '../pages/page.ts';
import { MSISDN_PARAMETER } from './provider.ts';
import { aboutSim } from './sims.ts';
import type { Subscriber } from './subscribers.ts';

/** The whole page. Each choice leads back to the same authorization request with the subscriber named. */
export function whichPhonePage(query: URLSearchParams, subscribers: [string, Subscriber][]): Page {
  const choices = subscribers.map(([phone, subscriber]) =>
    choice(query, phone, html`${phone}`, html`${aboutSim(subscriber)}`),
  );
  const wifi: Words = ['透過 Wi-Fi 連線（無法辨識門號）', 'On Wi-Fi: the number is not recognised'];
  return {
    title: ['這是哪一支手機？', 'Which phone is this?'],
    notice: [
      '這是測試環境，不是真正的電信業者，名單皆為虛構。真正的行動網路會自行辨識門號，不會出現這個畫面。',
      'This is a sandbox, not a telecom operator; everybody listed is invented. A real mobile network recognises the SIM by itself and never shows this page.',
    ],
    body: html`<ul aria-label="手機 Phones">
${choices}
${choice(query, 'wifi', html`${wifi[0]}`, html`<span lang="en">${wifi[1]}</span>`)}
</ul>
<p>${both(['沒有您的門號？', 'Yours is not among them?'])}
<a href="/" target="_blank">${both(['辦一張 SIM 卡（另開分頁），再重新整理本頁', 'Make a SIM card in another tab, then reload this page'])}</a></p>`,
  };
}

function choice(query: URLSearchParams, value: string, title: Html, detail: Html): Html {
  const target = new URLSearchParams(query);
  target.set(MSISDN_PARAMETER, value);
  return html`<li><a class="choice" href="/authorize?${target.toString()}">${title}<span class="more">${detail}</span></a></li>\n`;
}
