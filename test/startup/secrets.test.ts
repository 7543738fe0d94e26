import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCheckpointSigner } from '../../evidence/log/signer.ts';
import { loadSecrets } from '../../scripts/up/secrets.ts';
import { temporaryDirectory } from './support.ts';

const file = () => join(temporaryDirectory(), 'secrets.json');

test('secrets are made once and kept where only the owner may read them', async () => {
  const path = file();
  const first = await loadSecrets(path, {});
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await loadSecrets(path, {})).toEqual(first);
  expect(await loadSecrets(file(), {})).not.toEqual(first);
});

test('the keys have the form that config.ts asks for', async () => {
  const secrets = await loadSecrets(file(), {});
  for (const name of ['MASTER_KEY', 'INDEX_KEY', 'TOKEN_KEY'] as const) {
    expect(Buffer.from(secrets[name], 'base64')).toHaveLength(32);
  }
  expect(createCheckpointSigner('localhost/log', JSON.parse(secrets.LOG_KEY)).verifierKey).toMatch(
    /^localhost\/log\+/,
  );
  expect(Buffer.from(secrets.VAPID_PUBLIC_KEY, 'base64url')).toHaveLength(65);
  expect(Buffer.from(secrets.VAPID_PRIVATE_KEY, 'base64url')).toHaveLength(32);
});

test('a secret that a newer version needs is added, the others stay', async () => {
  const path = file();
  const { OPERATOR_TOKEN, ...older } = await loadSecrets(path, {});
  writeFileSync(path, JSON.stringify(older));
  const upgraded = await loadSecrets(path, {});
  expect(upgraded).toMatchObject(older);
  expect(upgraded.OPERATOR_TOKEN).not.toBe(OPERATOR_TOKEN);
  expect(await loadSecrets(path, {})).toEqual(upgraded);
});

test('a variable of the same name wins and is not written to the file', async () => {
  const path = file();
  const secrets = await loadSecrets(path, { OPERATOR_TOKEN: 'set-by-the-operator' });
  expect(secrets.OPERATOR_TOKEN).toBe('set-by-the-operator');
  expect(readFileSync(path, 'utf8')).not.toContain('set-by-the-operator');
});
