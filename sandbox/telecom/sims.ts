/** The operator's counter: SIM cards that are there, and a form to make or change one. */
import { randomInt } from 'node:crypto';
import type { Router } from 'express';
import { z } from 'zod';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import { normalisePhone } from '../../domain/phone.ts';
import { choice, field, formOf, tick } from '../pages/forms.ts';
import { both, type Html, html, type Words } from '../pages/html.ts';
import { type SandboxPages, sendPage } from '../pages/page.ts';
import type { Subscriber, Subscribers } from './subscribers.ts';

interface Sims {
  subscribers(): Subscribers;
  put(phone: string, subscriber: Subscriber): void;
}

type Form = Readonly<Record<string, string>>;
type Errors = Readonly<Record<string, Words>>;

const CONTRACTS: readonly (readonly [Subscriber['contract'], Words])[] = [
  ['PAYM', ['月租', 'by the month']],
  ['PAYG', ['預付卡', 'prepaid']],
  ['Business', ['公司門號', 'of a company']],
];

export function addSimPages(routes: Router, { subscribers, put }: Sims, pages?: SandboxPages): void {
  routes.get('/', (req, res) => {
    const phone = normalisePhone(String(req.query.sim ?? '')) ?? '';
    const known = subscribers().get(phone);
    const form = known ? formFrom(phone, known) : exampleForm(subscribers());
    sendPage(res, simsPage(subscribers(), pages, form, { done: String(req.query.done ?? '') }));
  });
  routes.post('/sims', (req, res) => {
    const form = formOf(req);
    const { phone, subscriber, errors } = subscriberFrom(form, subscribers());
    if (!subscriber) return sendPage(res, simsPage(subscribers(), pages, form, { errors }), 422);
    put(phone, subscriber);
    res.redirect(303, `/?${new URLSearchParams({ done: phone })}`);
  });
}

/** What the operator knows of a SIM, in a few words. */
export const aboutSim = ({ name, contract, simSwappedAt, recycledAt }: Subscriber): Html =>
  html`${name ?? '—'}${[
    contract !== 'PAYM' && both(CONTRACTS.find(([value]) => value === contract)?.[1] ?? ['', '']),
    simSwappedAt && both(['換過 SIM 卡', 'SIM swapped']),
    recycledAt && both(['門號已易主', 'number recycled']),
  ].map((part) => part && html` · ${part}`)}`;

function simsPage(
  subscribers: Subscribers,
  pages: SandboxPages | undefined,
  form: Form,
  { errors = {}, done = '' }: { errors?: Errors; done?: string },
) {
  return {
    title: ['SIM 卡', 'SIM cards'],
    notice: [
      '這是模擬的電信業者櫃檯：在此讓電信業者「認識」一支門號與其主人，之後即可用同樣的資料在 App 註冊。請填虛構的資料。',
      'A simulated operator’s counter: it makes the operator know a number and its holder, so that you can register in the app with the same data. Fill in invented data.',
    ],
    pages,
    body: html`${subscribers.get(done) && made(done)}
<h2 id="form">${both(['辦理或變更', 'Make one, or change one'])}</h2>
${simForm(form, errors)}
<h2>${both(['現有門號', 'Numbers that are there'])}</h2>
<ul>${subscribers
      .listed()
      .map(
        ([phone, subscriber]) =>
          html`<li class="card"><p>${phone} <span class="more">${subscriber.idNumber ?? '—'} · ${
            subscriber.birthDate ?? '—'
          } · ${aboutSim(subscriber)}</span></p><a href="/?sim=${encodeURIComponent(phone)}#form">${both(['變更', 'Change'])}<span lang="en"> ${phone}</span></a></li>\n`,
      )}</ul>`,
  } as const;
}

const made = (phone: string): Html =>
  html`<p class="card good" role="status">${both([`電信業者已認識 ${phone}。現在可用同樣的資料在 App 註冊。`, `The operator knows ${phone} now. Register in the app with the same data.`])}</p>`;

const simForm = (form: Form, errors: Errors): Html => html`<form method="post" action="/sims">
${field({ name: 'phone', label: ['手機號碼', 'Phone number'], type: 'tel', value: form.phone ?? '', error: errors.phone })}
${field({
  name: 'idNumber',
  label: ['身分證或統一證號', 'ID number'],
  value: form.idNumber ?? '',
  hint: ['格式與檢查碼須正確，但請勿填真實號碼', 'of a valid form, but nobody’s'],
  error: errors.idNumber,
})}
${field({ name: 'name', label: ['姓名', 'Name'], value: form.name ?? '', error: errors.name })}
${field({ name: 'birthDate', label: ['出生日期', 'Birth date'], type: 'date', value: form.birthDate ?? '', error: errors.birthDate })}
${choice('contract', ['門號類型', 'Contract'], CONTRACTS, form.contract ?? 'PAYM')}
${tick('swapped', ['剛換過 SIM 卡', 'The SIM was swapped just now'], form.swapped === 'on')}
${tick('recycled', ['門號剛換了主人', 'The number went to another person just now'], form.recycled === 'on')}
<p><button>${both(['儲存', 'Save'])}</button></p>
</form>`;

const formFrom = (phone: string, held: Subscriber): Form => ({
  phone,
  idNumber: held.idNumber ?? '',
  name: held.name ?? '',
  birthDate: held.birthDate ?? '',
  contract: held.contract,
  ...(held.simSwappedAt && { swapped: 'on' }),
  ...(held.recycledAt && { recycled: 'on' }),
});

const NAMES = ['江宜庭', '范志遠', '邱雅涵', '簡佑安', '羅文傑', '溫曉彤'];

/** Somebody invented, of whom the operator does not know yet. */
function exampleForm(subscribers: Subscribers): Form {
  const digits = (count: number) => String(randomInt(10 ** count)).padStart(count, '0');
  const fresh = (make: () => string, isFree: (made: string) => boolean): string => {
    for (;;) {
      const made = make();
      if (isFree(made)) return made;
    }
  };
  return {
    phone: fresh(
      () => `+8869${digits(8)}`,
      (phone) => normalisePhone(phone) !== null && !subscribers.get(phone),
    ),
    idNumber: fresh(
      () => `A${randomInt(1, 3)}${digits(8)}`,
      (id) => parseIdentityNumber(id) !== null,
    ),
    name: NAMES[randomInt(NAMES.length)] ?? '',
    birthDate: `${randomInt(1960, 2004)}-0${randomInt(1, 10)}-${randomInt(10, 29)}`,
    contract: 'PAYM',
  };
}

/** What is filled in, over what the operator holds already. `subscriber` is missing where something is wrong. */
function subscriberFrom(
  form: Form,
  subscribers: Subscribers,
): { phone: string; subscriber?: Subscriber; errors: Errors } {
  const phone = normalisePhone(form.phone ?? '');
  const identity = parseIdentityNumber(form.idNumber ?? '');
  const name = (form.name ?? '').normalize('NFC').trim();
  const contract = CONTRACTS.find(([value]) => value === form.contract)?.[0];
  const errors: Errors = {
    ...(!phone && { phone: ['不是台灣的手機號碼', 'Not a mobile number of Taiwan'] }),
    ...(!identity && {
      idNumber: ['格式或檢查碼不正確', 'Not of a valid form, or its check digit is wrong'],
    }),
    ...(!name && { name: ['請填寫姓名', 'Fill in a name'] }),
    ...(!isDay(form.birthDate) && { birthDate: ['不是日期', 'Not a date'] }),
  };
  if (!phone || !identity || !name || !isDay(form.birthDate) || !contract)
    return { phone: phone ?? '', errors };
  const held = subscribers.get(phone);
  const now = new Date().toISOString();
  const { simSwappedAt, recycledAt, ...rest } = held ?? { since: '2020-01-01', kycMode: '200' as const };
  return {
    phone,
    errors,
    subscriber: {
      ...rest,
      idNumber: identity.value,
      idType: identity.type,
      name,
      birthDate: form.birthDate,
      contract,
      ...(form.swapped === 'on' && { simSwappedAt: simSwappedAt ?? now }),
      ...(form.recycled === 'on' && { recycledAt: recycledAt ?? now }),
    },
  };
}

const isDay = (text = ''): text is string => z.iso.date().safeParse(text).success;
