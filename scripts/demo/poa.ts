/** P1–P5 in each order: who goes first differs, the steps are the same. */
import type { Order } from '../../domain/outcome.ts';
import type { ShownDeclaration } from '../../sandbox/handset/forms.ts';
import { declarationsAtCustoms, lodgeElsewhere, messagesTo, poasAtCustoms, shipment } from './parties.ts';
import { IMPORTER, type PoaStage, poaLink } from './stage.ts';

const TITLES: Readonly<Record<Order, string>> = {
  'declare-first': 'Declare-first: the broker lodges, then the importer confirms',
  'consent-first': 'Consent-first: the importer confirms, then the declaration is lodged',
  'customs-started': 'Customs-started: lodged elsewhere, Customs asks for the POA',
};

export async function playPoa(stage: PoaStage, order: Order): Promise<void> {
  const { story, endpoints } = stage;
  story.chapter(TITLES[order]);
  const declarationId = await (order === 'customs-started' ? lodgedElsewhere(stage) : declared(stage, order));
  const link = poaLink(endpoints, declarationId);
  if (link) story.link(link);
  if (order === 'declare-first') await lodged(stage, declarationId);
  await asked(stage, declarationId);
  await confirmed(stage, declarationId);
  if (order === 'consent-first') await lodged(stage, declarationId);
  await finished(stage, declarationId);
}

const importer = { name: IMPORTER.name, phone: IMPORTER.phone };

function declared({ story, broker }: PoaStage, order: Order): Promise<string> {
  const body = shipment(importer);
  return story.act('P1', 'the broker submits the declaration', async () => {
    const { declarationId } = await broker.declare(order, body);
    return { found: declarationId, proof: `declaration ${declarationId}` };
  });
}

/** The broker lodged with Customs directly, and Customs sends the context. */
async function lodgedElsewhere({ story, endpoints, broker }: PoaStage): Promise<string> {
  const { answer } = await story.act('P1', 'the broker lodges with Customs itself', async () => {
    const found = await lodgeElsewhere(endpoints, shipment(importer));
    return { found, proof: `number ${found.declarationNumber}` };
  });
  return story.act('P2', 'Customs sends the context', async () => {
    if (answer?.status !== 201) throw new Error(`the context was answered ${answer?.status}`);
    const { declarationId } = await broker.read(answer.body.declarationId);
    return { found: declarationId, proof: `declaration ${declarationId}` };
  });
}

async function lodged({ story, endpoints, broker }: PoaStage, declarationId: string): Promise<void> {
  await story.see('P1', 'it is lodged with Customs', async () => {
    const held = (await declarationsAtCustoms(endpoints)).find((one) => one.declarationId === declarationId);
    return held && { found: null, proof: `number ${held.declarationNumber}` };
  });
  await story.see('P2', 'Customs sends the context', async () => {
    const { declarationNumber } = await broker.read(declarationId);
    return declarationNumber === undefined ? undefined : { found: null, proof: `of ${declarationNumber}` };
  });
}

async function asked(
  { story, endpoints, handset, subscription }: PoaStage,
  declarationId: string,
): Promise<void> {
  await story.see('P3', "the importer's phone is notified", async () => {
    const messages = await messagesTo(endpoints, subscription);
    const message = messages.find(({ decrypted }) => decrypted?.declarationId === declarationId)?.decrypted;
    if (!message) return undefined;
    await handset.displayed(message.notificationId);
    return { found: null, proof: `push ${message.notificationId}` };
  });
}

async function confirmed({ story, handset }: PoaStage, declarationId: string): Promise<void> {
  const { version } = await story.see('P4', 'the importer reviews the context', async () => {
    const waiting = (await handset.inbox()).find((one) => one.declarationId === declarationId);
    return waiting && { found: waiting, proof: wordsOf(waiting) };
  });
  await story.act('P4', 'and completes the POA with one touch', async () => {
    const { consentId } = await handset.decide(declarationId, 'confirmed', { version });
    return { found: null, proof: `consent ${consentId}` };
  });
}

async function finished({ story, endpoints, broker }: PoaStage, declarationId: string): Promise<void> {
  await story.see('P5', 'Customs finishes the POA', async () => {
    const held = (await poasAtCustoms(endpoints)).find((one) => one.declarationId === declarationId);
    return held?.outcome === 'confirmed'
      ? { found: null, proof: `acknowledgement ${held.acknowledgementNumber}` }
      : undefined;
  });
  await story.see('P5', 'and the broker has it', async () => {
    const { status } = await broker.read(declarationId);
    if (status !== 'confirmed') return undefined;
    const { outcome, acknowledgementNumber } = await broker.poa(declarationId);
    return { found: null, proof: `${outcome}, ${acknowledgementNumber}` };
  });
}

function wordsOf({ goods, totals }: ShownDeclaration): string {
  const what = goods.map(({ description, quantity }) => `${quantity} × ${description}`).join(', ');
  return `${what}, ${totals.map(({ amount, currency }) => `${amount} ${currency}`).join(' + ')} with freight`;
}
