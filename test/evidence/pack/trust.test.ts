import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACK_FILE } from '../../../domain/pack.ts';
import { createSealer, newReceiptKey, type PublishedJwk } from '../../../evidence/receipt.ts';
import { parseLogProof } from '../../../evidence/verify/log-proof.ts';
import { BadTrust, type Trust } from '../../../evidence/verify/trust.ts';
import { verifyPack } from '../../../evidence/verify/verify-pack.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../../support/evidence-world.ts';
import { createLogKeys } from '../../support/log-keys.ts';
import { failed, fileOf, resealed } from '../../support/pack-forgery.ts';

let world: EvidenceWorld;
let pack: Buffer;
let trust: Trust;
beforeAll(async () => {
  world = await createEvidenceWorld();
  const { declarationId } = await world.decide({ decision: 'confirmed' });
  await world.decide({ outcome: 'expired' });
  await world.appendAll();
  pack = await world.packOf(declarationId);
  trust = await world.trust();
});
afterAll(() => world.close());

const keys = () => (trust.jwks as { keys: PublishedJwk[] }).keys;
const verdict = (changes: Partial<Trust>, bytes = pack) =>
  failed(verifyPack(bytes, { ...trust, ...changes }));
const withKey = (changes: Partial<PublishedJwk>) => ({
  jwks: { keys: keys().map((key) => ({ ...key, ...changes })) },
});
const nowS = () => Math.floor(Date.now() / 1000);

describe('keys of receipts', () => {
  it('that are not the ones of the pack let nothing through', async () => {
    const { d: _, ...stranger } = await newReceiptKey();
    expect(verdict({ jwks: { keys: [stranger] } })).toEqual(['seal', 'receipt', 'receipt-key']);
  });

  it('count from their first to their last moment', () => {
    expect(verdict(withKey({ nbf: nowS() + 3600 }))).toEqual(['seal', 'receipt-key']);
    expect(verdict(withKey({ exp: nowS() - 3600 }))).toEqual(['seal', 'receipt-key']);
    expect(verdict(withKey({ nbf: nowS() - 3600, exp: nowS() + 60 }))).toEqual([]);
    // Clocks of machines differ.
    expect(verdict(withKey({ nbf: nowS() + 30, exp: nowS() + 3600 }))).toEqual([]);
  });

  it('that were stolen before the receipt was sealed fail it, and say so', () => {
    const revoked = { revoked_at: nowS() - 3600, reason: 'stolen' };
    const report = verifyPack(pack, { ...trust, ...withKey({ revoked }) });
    expect(failed(report)).toEqual(['seal', 'receipt-key']);
    const detail = report.checks.find(({ id }) => id === 'receipt-key')?.detail;
    expect(detail).toMatch(/was revoked as of .* \(stolen\)/);
  });

  it('that were stolen later leave an earlier receipt, in a pack sealed with another key', async () => {
    const next = await newReceiptKey();
    const { d: _, ...nextPublic } = next;
    const revoked = { revoked_at: nowS() + 1, reason: 'stolen' };
    const jwks = { keys: [...keys().map((key) => ({ ...key, revoked })), nextPublic] };
    expect(verdict({ jwks })).toEqual(['seal']);
    const fresh = await resealed(
      pack,
      createSealer(async () => next),
    );
    const report = verifyPack(fresh, { ...trust, jwks });
    expect(report.ok).toBe(true);
    expect(report.checks.find(({ id }) => id === 'receipt-key')?.detail).toContain('revoked as of');
  });
});

describe('the log', () => {
  const checkpoint = () => parseLogProof(fileOf(pack, PACK_FILE.proof).toString()).checkpoint;

  it('must be the one whose key is given, not another of the same name', () => {
    expect(verdict({ logKey: createLogKeys().signer.verifierKey })).toEqual(['log']);
    expect(verdict({ logKey: createLogKeys('elsewhere').signer.verifierKey })).toEqual(['log']);
  });

  it('may be known by a checkpoint alone', () => {
    expect(verdict({ logKey: undefined, checkpoint: checkpoint() })).toEqual([]);
    expect(verdict({ checkpoint: checkpoint() })).toEqual([]);
  });

  it('that shows somebody another tree of the same size was forked', () => {
    const fork = world.signer.sign({ size: 2, root: Buffer.alloc(32, 1) });
    const report = verifyPack(pack, { ...trust, logKey: undefined, checkpoint: fork });
    expect(failed(report)).toEqual(['log']);
    expect(report.checks.find(({ id }) => id === 'log')?.detail).toContain('forked');
    expect(verdict({ checkpoint: fork })).toEqual(['log']);
  });

  it('is not compared with a checkpoint of another size: which one is needed is told', () => {
    const later = world.signer.sign({ size: 3, root: Buffer.alloc(32, 1) });
    const report = verifyPack(pack, { ...trust, checkpoint: later });
    expect(report.checks.find(({ id }) => id === 'log')?.detail).toContain('size 2, yours is of size 3');
  });

  it('has the witnesses that are asked for, or fails', async () => {
    const { rows } = await world.db.pool.query<{ size: number; note: string }>(
      'SELECT tree_size AS size, note FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1',
    );
    const { size = 0, note = '' } = rows[0] ?? {};
    const line = world.cosign(note, 1_795_600_000);
    expect(verdict({ witnesses: [world.witness] })).toEqual(['witnesses']);
    await world.db.pool.query(
      `INSERT INTO log_cosignatures (tree_size, key_name, key_id, signed_at, line)
       VALUES ($1, $2, $3, to_timestamp(1795600000), $4)`,
      [size, world.witnessKey.name, world.witnessKey.id, line],
    );
    const { declarationId } = JSON.parse(fileOf(pack, PACK_FILE.manifest).toString());
    const cosigned = await world.packOf(declarationId);
    const report = verifyPack(cosigned, { ...(await world.trust()), witnesses: [world.witness] });
    expect(failed(report)).toEqual([]);
    const detail = report.checks.find(({ id }) => id === 'witnesses')?.detail;
    expect(detail).toBe(`${world.witnessKey.name} at 2026-11-25T09:46:40.000Z`);
    expect(failed(verifyPack(cosigned, { ...trust, witnesses: [createLogKeys().witness] }))).toContain(
      'witnesses',
    );
  });
});

describe('the service', () => {
  it('that the caller names is the one that the passkey must have been used on', () => {
    const origin = new URL(world.api.url).origin;
    expect(verdict({ relyingParty: { id: 'localhost', origin } })).toEqual([]);
    expect(verdict({ relyingParty: { id: 'localhost', origin: 'https://evil.example' } })).toEqual([
      'challenge',
      'binding',
    ]);
    expect(verdict({ relyingParty: { id: 'evil.example', origin } })).toEqual(['authenticator', 'binding']);
  });
});

describe('what is to be believed', () => {
  it.each([
    ['no log', { logKey: undefined }],
    ['no JWKS', { jwks: 'x' }],
    ['a JWKS without a key', { jwks: { keys: [] } }],
    ['keys of another kind only', { jwks: { keys: [{ kty: 'RSA' }] } }],
    ['a damaged key', { jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } }],
    ['a log key that is none', { logKey: 'x' }],
    ['a checkpoint that is none', { checkpoint: 'x' }],
    ['a witness that is none', { witnesses: ['x'] }],
  ])('must be there and readable: %s is refused', (_, changes) => {
    expect(() => verifyPack(pack, { ...trust, ...changes })).toThrow(BadTrust);
  });
});
