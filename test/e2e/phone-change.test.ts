/** Another phone number, from outside: at once with the passkey, after a hold without, and a number that went to somebody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  type Somebody,
  shipmentFor,
  somebody,
  untilStatus,
} from '../support/outside.ts';

/** Long enough to look around in, short enough to wait for. */
const HOLD_MS = 6_000;

let outside: Outside;
beforeAll(async () => {
  outside = await openOutside({ env: { PHONE_CHANGE_HOLD_MS: String(HOLD_MS) } });
});
afterAll(() => outside?.close());
afterEach(() => outside.control('telecom', 'DELETE', '/faults'));

const filesOf = async ({ idNumber }: Somebody): Promise<{ registrationId: string; phone: string }[]> =>
  (await outside.control('customs', 'GET', '/identities')).filter(
    (file: { idNumber: string }) => file.idNumber === idNumber,
  );

/** The person's next number, which the operator knows as theirs. */
async function nextNumber({ who }: Citizen): Promise<Somebody> {
  const moved = { ...who, phone: somebody().phone };
  await outside.subscribe(moved);
  return moved;
}
/** The same phone with another SIM: cookies and passkeys stay. */
const sameDevice = ({ handset }: Citizen, { phone }: Somebody): Handset =>
  createHandset({ apiUrl: outside.api, phone, state: handset.state() });
const kinds = async ({ pushed }: Citizen) =>
  (await pushed()).map((message) => (message as { kind: string }).kind);
const status = async (handset: Handset, path: string) => (await handset.ask('GET', path)).status;

test('at once, right after a login with the passkey', async () => {
  const citizen = await outside.citizen();
  const moved = await nextNumber(citizen);
  const waiting = await declared(
    outside.broker,
    shipmentFor({ importer: { name: moved.name, phone: moved.phone } }),
  );
  await untilStatus(outside.broker, waiting, 'awaiting_registration');
  const asked = await declared(outside.broker, shipmentFor(citizen));
  await asks(citizen, asked);

  const handset = sameDevice(citizen, moved);
  await handset.login();
  expect(await handset.register(moved)).toMatchObject({ status: 'bound' });
  expect(await handset.identity()).toMatchObject({ phone: moved.phone, passkeys: 1 });
  expect(await filesOf(moved)).toMatchObject([
    { phone: moved.phone, registrationId: handset.registrationId },
  ]);
  await asks({ handset }, waiting);
  expect(await handset.decide(asked, 'confirmed')).toMatchObject({ consentId: expect.any(String) });
  await untilStatus(outside.broker, asked, 'confirmed');
  await eventually(() => kinds(citizen)).toContain('recovered');
  expect((await outside.sms(citizen.who.phone)).filter(({ text }) => text.includes('門號'))).toEqual([]);
});

describe('from a phone without the passkey', () => {
  /** A new phone with a new SIM, which has to wait. */
  async function held(citizen: Citizen) {
    const moved = await nextNumber(citizen);
    const handset = outside.phoneOf(moved);
    const registration = await handset.register(moved);
    expect(registration).toEqual({
      registrationId: handset.registrationId,
      status: 'verifying',
      reason: 'change-of-phone',
      holdUntil: expect.any(String),
    });
    return { moved, handset, registration };
  }

  test('the old number and the devices are told, the new phone can do nothing, and after the hold it is bound', async () => {
    const citizen = await outside.citizen();
    const { moved, handset, registration } = await held(citizen);
    await eventually(async () => (await outside.sms(citizen.who.phone)).map(({ text }) => text)).toEqual([
      expect.stringContaining(`${outside.api}/`),
    ]);
    await eventually(() => kinds(citizen)).toEqual(['phone-change']);
    expect(await citizen.handset.identity()).toMatchObject({
      phone: citizen.who.phone,
      phoneChange: {
        registrationId: handset.registrationId,
        requestedAt: expect.any(String),
        effectiveAt: expect.any(String),
      },
    });
    expect((await handset.ask('POST', '/app/passkeys/options', { body: {} })).status).toBe(403);
    expect(await status(handset, '/app/identity')).toBe(401);
    expect(await filesOf(moved)).toMatchObject([{ phone: citizen.who.phone }]);

    await handset.untilRegistration((seen) => seen.status === 'bound');
    expect(Date.now()).toBeGreaterThan(Date.parse(registration.holdUntil ?? ''));
    expect(await filesOf(moved)).toMatchObject([{ phone: moved.phone }]);
    expect(await status(citizen.handset, '/app/identity')).toBe(401);
    await expect(citizen.handset.login()).rejects.toMatchObject({ status: 403 });
    await handset.createPasskey();
    const identity = await handset.identity();
    expect(identity).toMatchObject({ phone: moved.phone, passkeys: 1 });
    expect(identity).not.toHaveProperty('phoneChange');
    await eventually(() => kinds(citizen)).toEqual(['phone-change', 'recovered']);
    const id = await declared(
      outside.broker,
      shipmentFor({ importer: { name: moved.name, phone: moved.phone } }),
    );
    await asks({ handset }, id);
  });

  test('"that was not me": refused at once, and nothing has changed', async () => {
    const citizen = await outside.citizen();
    const { handset } = await held(citizen);
    const path = '/app/identity/phone-change/refusal';
    expect((await handset.ask('POST', path)).status).toBe(401);
    expect(
      (await citizen.handset.ask('POST', path, { headers: { origin: 'https://elsewhere.example' } })).status,
    ).toBe(403);
    await citizen.handset.refusePhoneChange();
    await handset.untilRegistration((seen) => seen.status === 'refused');
    expect(await handset.registration()).toEqual({
      registrationId: handset.registrationId,
      status: 'refused',
      reason: 'change-of-phone',
    });
    expect(await citizen.handset.identity()).not.toHaveProperty('phoneChange');
    expect(await citizen.handset.ask('POST', path)).toMatchObject({
      status: 404,
      body: { type: '/problems/not-found' },
    });
    expect(await filesOf(citizen.who)).toMatchObject([{ phone: citizen.who.phone }]);
    const id = await declared(outside.broker, shipmentFor(citizen));
    await asks(citizen, id);
  });

  test('the worker is killed during the hold: the person is told once, the hold ends when it should', async () => {
    const citizen = await outside.citizen();
    const { handset } = await held(citizen);
    await outside.stack.supervisor.kill('worker', 'SIGKILL');
    await outside.stack.supervisor.restart('worker');
    await handset.untilRegistration((seen) => seen.status === 'bound', { timeoutMs: 60_000 });
    expect(await outside.sms(citizen.who.phone)).toHaveLength(1);
  });
});

describe('a number that went to somebody else', () => {
  test('is freed when the operator says so: the earlier person is no more bound, and what they were asked looks anew', async () => {
    const earlier = await outside.citizen();
    const asked = await declared(outside.broker, shipmentFor(earlier));
    await asks(earlier, asked);
    const next = somebody({ phone: earlier.who.phone, name: '新的人' });
    await outside.subscribe(next, { recycledAt: new Date().toISOString() });
    const handset = outside.phoneOf(next);
    expect(await handset.register(next)).toMatchObject({ status: 'bound' });
    await handset.createPasskey();

    expect(await status(earlier.handset, '/app/identity')).toBe(401);
    await eventually(() => filesOf(earlier.who)).toEqual([]);
    expect(await filesOf(next)).toMatchObject([{ phone: next.phone }]);
    const told = (await outside.asked('customs', '/identities')).filter(({ method }) => method === 'DELETE');
    expect(told).toMatchObject([
      {
        path: `/identities/${earlier.handset.registrationId}`,
        body: { reason: 'number-recycled' },
        status: 204,
      },
    ]);
    await untilStatus(outside.broker, asked, 'needs_correction');
    const { body } = await outside.broker.get(`/v1/declarations/${asked}`);
    expect(body.problems).toMatchObject([{ pointer: '/importer/name', code: 'name-mismatch' }]);
    expect(await handset.inbox()).toEqual([]);
  });

  test('an outage of the operator frees nothing and refuses nobody', async () => {
    const earlier = await outside.citizen();
    const next = somebody({ phone: earlier.who.phone });
    await outside.subscribe(next, { recycledAt: new Date().toISOString() });
    await outside.fault('telecom', { route: '/number-recycling', status: 503, times: 1_000 });
    const handset = outside.phoneOf(next);
    await handset.authorize(await handset.beginRegistration(next));
    await handset.untilRegistration(({ reason }) => reason === 'operator-unavailable');
    expect(await status(earlier.handset, '/app/identity')).toBe(200);
    await outside.control('telecom', 'DELETE', '/faults');
    await handset.untilRegistration((seen) => seen.status === 'bound');
    expect(await status(earlier.handset, '/app/identity')).toBe(401);
  });

  test('the person whose number it was registers again with their next one, as somebody new', async () => {
    const earlier = await outside.citizen();
    const next = somebody({ phone: earlier.who.phone });
    await outside.subscribe(next, { recycledAt: new Date().toISOString() });
    await outside.enrol(next);
    const again = await outside.enrol(await nextNumber(earlier));
    expect(await again.handset.identity()).toMatchObject({ phone: again.who.phone, passkeys: 1 });
    await eventually(() => filesOf(earlier.who)).toMatchObject([{ phone: again.who.phone }]);
  });
});
