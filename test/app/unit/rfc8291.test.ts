import { expect, test } from 'vitest';
import { readPushMessage } from '../support/rfc8291.ts';

/** The example of RFC 8291 §5. */
const MESSAGE =
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';
const KEYS = {
  privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};

test('a message is read as RFC 8291 has it', () => {
  const text = readPushMessage(Buffer.from(MESSAGE, 'base64url'), KEYS).toString();
  expect(text).toBe('When I grow up, I want to be a watermelon');
});

test('a message of another sender, or with a bit changed, is not read', () => {
  const bytes = Buffer.from(MESSAGE, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  expect(() => readPushMessage(bytes, KEYS)).toThrow();
  expect(() =>
    readPushMessage(Buffer.from(MESSAGE, 'base64url'), { ...KEYS, auth: 'AAAAAAAAAAAAAAAAAAAAAA' }),
  ).toThrow();
});
