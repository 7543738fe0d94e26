import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proveInclusion } from '../../../evidence/log/proofs.ts';
import { createCheckpointSigner } from '../../../evidence/log/signer.ts';
import { rootOf } from '../../../evidence/log/tree.ts';
import { openCheckpoint, parseCheckpoint } from '../../../evidence/verify/checkpoint.ts';
import { formatLogProof, parseLogProof, verifyLogProof } from '../../../evidence/verify/log-proof.ts';
import {
  formatSignatureLine,
  keyId,
  parseNote,
  parseVerifierKey,
  verifyNote,
} from '../../../evidence/verify/note.ts';
import { createLogKeys, rawKey } from '../../support/log-keys.ts';
import { entryAt, growTo } from '../../support/memory-log.ts';

const { signer, log, cosign, witnessKey: witness, customs } = createLogKeys();
const ORIGIN = signer.origin;
const newSigner = (origin = ORIGIN) => createLogKeys(origin).signer;
const tree = growTo(700);
const head = { size: 700, root: rootOf(tree.edge) };
const note = signer.sign(head);

describe('a signed note', () => {
  // The example of C2SP signed-note, Verifier keys.
  const KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
  const NOTE =
    'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

  it('verifies as in the example of its specification', () => {
    expect(verifyNote(parseNote(NOTE), parseVerifierKey(KEY))).toMatchObject({
      name: 'example.com/foo',
      time: 0,
    });
    const changed = parseNote(NOTE.replace('example message', 'Example message'));
    expect(() => verifyNote(changed, parseVerifierKey(KEY))).toThrow('bad-signature');
  });

  it.each([
    ['another id', KEY.replace('530d903a', '530d903b')],
    ['another name', KEY.replace('foo', 'bar')],
    ['an unknown type', KEY.replace('+Aeky', '+Beky')],
    ['a shorter key', KEY.slice(0, -4)],
    ['a space in its name', KEY.replace('foo', 'f o')],
    ['nothing', ''],
  ])('has no verifier key with %s', (_, key) => {
    expect(() => parseVerifierKey(key)).toThrow('malformed');
  });

  it.each([
    ['no signature', 'text\n'],
    ['no last line break', NOTE.slice(0, -1)],
    ['a control character', NOTE.replace('example', 'exam\u0007ple')],
    ['another line below the text', `${NOTE}more\n`],
    ['base64 in another form', NOTE.replace('aQM=', 'aQN=')],
  ])('is none with %s', (_, text) => {
    expect(() => parseNote(text)).toThrow('malformed');
  });
});

describe('a checkpoint', () => {
  it('says which log, how large, and which root', () => {
    expect(openCheckpoint(note, log)).toEqual({ origin: ORIGIN, ...head, cosignatures: [] });
  });

  it('is the same text whenever it is signed', () => {
    expect(signer.sign(head)).toBe(note);
  });

  it('fails with any byte of it changed', () => {
    const bytes = Buffer.from(note);
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(() => openCheckpoint(other.toString('utf8'), log), `byte ${at}`).toThrow();
    }
  });

  it('is of no other log, and verified by no other key', () => {
    expect(() => openCheckpoint(newSigner().sign(head), log)).toThrow('unsigned');
    expect(() => openCheckpoint(newSigner('other.example').sign(head), log)).toThrow('unsigned');
  });

  it.each(['01', '-1', '1.5', '', '9007199254740993', '1e3'])('has no size of %j', (size) => {
    expect(() => parseCheckpoint(`${ORIGIN}\n${size}\n${head.root.toString('base64')}\n`)).toThrow(
      'malformed',
    );
  });

  it('cannot be signed by a log whose origin cannot name a key, nor by a key of another kind', () => {
    expect(() => newSigner('a log')).toThrow('malformed');
    expect(() => newSigner('a+log')).toThrow('malformed');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => createCheckpointSigner(ORIGIN, privateKey.export({ format: 'jwk' }))).toThrow(TypeError);
  });
});

describe('a cosignature', () => {
  const time = 1_795_500_000;

  it('tells who saw the checkpoint, and when', () => {
    const opened = openCheckpoint(note + cosign(note, time), log, [witness]);
    expect(opened.cosignatures).toMatchObject([{ name: 'customs.example', time }]);
  });

  it('may come again: the newest counts', () => {
    const twice = note + cosign(note, time) + cosign(note, time + 60);
    expect(openCheckpoint(twice, log, [witness]).cosignatures).toMatchObject([
      { name: 'customs.example', time: time + 60 },
    ]);
  });

  it('of an unknown witness is ignored', () => {
    expect(openCheckpoint(note + cosign(note, time), log).cosignatures).toEqual([]);
  });

  it('of another checkpoint, or with any bit changed, spoils the note', () => {
    const other = signer.sign({ size: 1, root: head.root });
    expect(() => openCheckpoint(note + cosign(other, time), log, [witness])).toThrow('bad-signature');
    const line = parseNote(note + cosign(note, time)).signatures[1];
    fc.assert(
      fc.property(fc.nat(71), fc.nat(7), (at, bit) => {
        const signature = Buffer.from(line?.signature ?? []);
        signature[at] = (signature[at] ?? 0) ^ (1 << bit);
        const bad = formatSignatureLine({ name: witness.name, keyId: witness.id, signature });
        expect(() => openCheckpoint(note + bad, log, [witness])).toThrow('bad-signature');
      }),
    );
  });

  it('and a plain signature by the same key are told apart', () => {
    const publicKey = rawKey(customs.publicKey);
    expect(keyId('a', 'ed25519', publicKey)).not.toBe(keyId('a', 'cosignature/v1', publicKey));
  });
});

describe('a proof of one text', () => {
  it('verifies offline, and says against which checkpoint', async () => {
    const proof = await proveInclusion(tree.read, 299, head.size);
    const text = formatLogProof({ leafIndex: 299, proof, checkpoint: note });
    expect(parseLogProof(text)).toEqual({ leafIndex: 299, proof, checkpoint: note });
    expect(verifyLogProof(text, entryAt(299), log)).toMatchObject({ leafIndex: 299, ...head });
    expect(() => verifyLogProof(text, entryAt(300), log)).toThrow('not-included');
  });

  it('fails with any byte of it changed', async () => {
    const proof = await proveInclusion(tree.read, 699, head.size);
    const bytes = Buffer.from(formatLogProof({ leafIndex: 699, proof, checkpoint: note }));
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(() => verifyLogProof(other.toString('utf8'), entryAt(699), log), `byte ${at}`).toThrow();
    }
  });

  it('may hold what its maker added, which proves nothing', async () => {
    const proof = await proveInclusion(tree.read, 0, head.size);
    const text = formatLogProof({ leafIndex: 0, proof, checkpoint: note });
    expect(parseLogProof(text.replace('\nindex', '\nextra aGVsbG8=\nindex'))).toEqual(parseLogProof(text));
  });
});
