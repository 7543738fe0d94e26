/** Customs' desk: parcels can be sent to a phone and amended, and what Customs holds is shown. */
import type { Router } from 'express';
import type { ReportedOutcome } from '../../domain/outcome.ts';
import { normalisePhone } from '../../domain/phone.ts';
import { choice, field, formOf } from '../pages/forms.ts';
import { both, type Html, html, type Words } from '../pages/html.ts';
import { type Page, type SandboxPages, sendPage } from '../pages/page.ts';
import type { CustomsParts } from './customs.ts';
import type { SentDeclaration } from './declarations.ts';
import { type LodgedElsewhere, lodgeElsewhere } from './elsewhere.ts';
import { amended, parcel, SAMPLES } from './parcels.ts';
import { sentDeclarationSchema } from './schemas.ts';
import { type CustomsState, lodgedKey } from './state.ts';

/** Shown of each list, newest first. */
const SHOWN = 20;
/** Of the first of the sandbox's brokers (`npm start`). */
const BROKER = 'CX001';

type Form = Readonly<Record<string, string>>;
interface Told {
  words?: Words;
  isGood?: boolean;
}

export function addCustomsPages(routes: Router, parts: CustomsParts, pages?: SandboxPages): void {
  const answer = (told: LodgedElsewhere) =>
    `/?${new URLSearchParams({ number: told.declarationNumber, answered: String(told.answer?.status ?? 0) })}`;

  routes.get('/', (req, res) => {
    const { number, answered, to } = req.query as Form;
    const form = { sample: 'shoes', broker: BROKER, ...recipient(parts.state, to) };
    sendPage(res, customsPage(parts.state, pages, form, number ? told(number, Number(answered)) : {}));
  });
  routes.post('/parcels', async (req, res) => {
    const form = formOf(req);
    const declaration = declarationFrom(form);
    const words: Words = [
      '請檢查姓名、手機號碼與報關業者箱號',
      'Look at name, phone number and box number again',
    ];
    if (!declaration) return sendPage(res, customsPage(parts.state, pages, form, { words }), 422);
    res.redirect(303, answer(await lodgeElsewhere(parts, declaration, 1)));
  });
  routes.post('/amendments', async (req, res) => {
    const { number = '' } = formOf(req);
    const held = parts.state.lodged.get(lodgedKey({ declarationId: null, declarationNumber: number }));
    if (!held) return res.redirect(303, '/');
    res.redirect(303, answer(await lodgeElsewhere(parts, amended(held.context), held.version + 1)));
  });
}

/** Null when something in it is not as declarations are. */
function declarationFrom({ sample = '', phone = '', name = '', broker = '' }: Form): SentDeclaration | null {
  const found = SAMPLES[sample];
  const normalised = normalisePhone(phone);
  if (!found || !normalised) return null;
  const made = parcel(found, { name, phone: normalised }, broker);
  return sentDeclarationSchema.safeParse(made).data ?? null;
}

/** The one who was chosen, else who came on file last. */
function recipient(state: CustomsState, registrationId: string | undefined): { name: string; phone: string } {
  const files = onFile(state);
  const { name, phone } = files.find((file) => file.registrationId === registrationId) ??
    files[0] ?? { name: '王小明', phone: '+886912345678' };
  return { name, phone };
}

const onFile = (state: CustomsState) =>
  [...state.identities.values()].toSorted((a, b) => b.verifiedAt.localeCompare(a.verifiedAt)).slice(0, SHOWN);

function told(number: string, status: number): Told {
  const isGood = status === 200 || status === 201;
  const words: Words = isGood
    ? [`已送出 ${number}：手機會收到通知。`, `${number} was sent: the phone is being notified.`]
    : [`${number} 未被接受（${status}）。`, `${number} was not taken (${status}).`];
  return { words, isGood };
}

function customsPage(
  state: CustomsState,
  pages: SandboxPages | undefined,
  form: Form,
  { words, isGood = false }: Told,
): Page {
  return {
    title: ['海關', 'Customs'],
    notice: [
      '這是模擬的海關通關系統。在此「寄」一件包裹給一支手機：報關業者直接向海關申報，海關把內容送到 Consentry，手機就會收到詢問。',
      'A simulated Customs clearance system. Send a parcel to a phone here: a broker lodges it with Customs, Customs sends its context to Consentry, and the phone is asked.',
    ],
    pages,
    body: html`${words && html`<p class="card ${isGood ? 'good' : 'bad'}" role="status">${both(words)}</p>`}
<h2>${both(['寄一件包裹', 'Send a parcel'])}</h2>
${parcelForm(state, form)}
<h2>${both(['已寄出的包裹', 'Parcels sent'])}</h2>
${listOf(sent(state))}
<h2>${both(['海關持有的委任書', 'POAs that Customs holds'])}</h2>
${listOf(poas(state))}
<h2>${both(['冒名案件', 'Fraud cases'])}</h2>
${listOf(fraudCases(state))}`,
  };
}

const listOf = (items: readonly Html[]): Html =>
  items.length > 0
    ? html`<ul>${items.map((item) => html`<li class="card">${item}</li>\n`)}</ul>`
    : html`<p>${both(['還沒有。', 'None yet.'])}</p>`;

const parcelForm = (state: CustomsState, form: Form): Html => html`<form method="post" action="/parcels">
${choice(
  'sample',
  ['內容', 'Contents'],
  Object.entries(SAMPLES).map(([name, { title }]) => [name, title] as const),
  form.sample ?? '',
)}
${field({ name: 'name', label: ['收貨人姓名', 'Consignee’s name'], value: form.name ?? '' })}
${field({ name: 'phone', label: ['收貨人手機', 'Consignee’s phone'], type: 'tel', value: form.phone ?? '' })}
<nav aria-label="已實名的收貨人 Registered consignees"><ul>${onFile(state).map(
  ({ registrationId, name, phone }) => html`<li><a href="/?to=${registrationId}">${name} ${phone}</a></li>`,
)}</ul></nav>
${field({ name: 'broker', label: ['報關業者箱號', 'Broker’s box number'], value: form.broker ?? '' })}
<p><button>${both(['寄出', 'Send'])}</button></p>
</form>`;

const sent = (state: CustomsState): Html[] =>
  [...state.lodged.values()]
    .filter(({ declarationId }) => declarationId === null)
    .toSorted((a, b) => String(b.context.lodgedAt).localeCompare(String(a.context.lodgedAt)))
    .slice(0, SHOWN)
    .map(
      ({
        declarationNumber,
        version,
        context,
      }) => html`<p>${declarationNumber} <span class="more">${both([`第 ${version} 版`, `version ${version}`])} · ${String(context.houseWaybill)}</span></p>
<form method="post" action="/amendments"><input type="hidden" name="number" value="${declarationNumber}">
<button>${both(['更正（多一件，價格加倍）', 'Amend it: one more, twice the price'])}</button></form>`,
    );

const OUTCOMES: Readonly<Record<ReportedOutcome, Words>> = {
  confirmed: ['申報相符', 'confirmed'],
  declined: ['申報不符', 'declined'],
  repudiated: ['非本人', 'repudiated'],
  expired: ['逾期未答', 'expired'],
  unregistered: ['未實名', 'unregistered'],
  cancelled: ['已取消', 'cancelled'],
};

const poas = (state: CustomsState): Html[] =>
  state
    .heldPoas()
    .toReversed()
    .slice(0, SHOWN)
    .map(
      ({ reference, version, outcome, acknowledgementNumber, decidedAt }) =>
        html`<p><strong>${both(OUTCOMES[outcome])}</strong> ${reference} <span class="more">${both([`第 ${version} 版`, `version ${version}`])} · ${acknowledgementNumber} · <time datetime="${decidedAt}">${decidedAt}</time></span></p>`,
    );

const fraudCases = (state: CustomsState): Html[] =>
  [...state.fraudCases.values()]
    .toReversed()
    .slice(0, SHOWN)
    .map(
      ({ reference, kind, openedAt }) =>
        html`<p>${reference} <span class="more">${kind} · ${openedAt}</span></p>`,
    );
