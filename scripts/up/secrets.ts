/**
 * The sandbox's secrets: random, made once, kept in one file that only its owner may read. Without that file what
 * Postgres holds cannot be read any more.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import webPush from 'web-push';

/** Client of the stand-ins' operator for us. */
export const TELECOM_CLIENT_ID = 'consentry';

export interface Secrets {
  readonly POSTGRES_PASSWORD: string;
  readonly MASTER_KEY: string;
  readonly INDEX_KEY: string;
  readonly TOKEN_KEY: string;
  /** Private Ed25519 JWK as JSON. */
  readonly LOG_KEY: string;
  readonly VAPID_PUBLIC_KEY: string;
  readonly VAPID_PRIVATE_KEY: string;
  readonly TELECOM_CLIENT_SECRET: string;
  readonly CUSTOMS_TOKEN: string;
  readonly CUSTOMS_INBOUND_TOKEN: string;
  readonly SMS_TOKEN: string;
  readonly OPERATOR_TOKEN: string;
}

/** Reads the file, adds what it lacks, and lets variables of the same name win (they are not written to it). */
export async function loadSecrets(file: string, env: NodeJS.ProcessEnv): Promise<Secrets> {
  const kept: Partial<Secrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const secrets: Secrets = { ...(await freshSecrets()), ...kept };
  if (Object.keys(kept).length < Object.keys(secrets).length) writePrivate(file, secrets);
  const set = Object.keys(secrets).flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return { ...secrets, ...Object.fromEntries(set) };
}

/** Writes JSON that only the owner may read; a reader sees the old file or the new one, never a part. */
export function writePrivate(file: string, content: unknown): void {
  const part = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(part, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
}

/** A whole set of new ones. */
export async function freshSecrets(): Promise<Secrets> {
  const vapid = webPush.generateVAPIDKeys();
  return {
    POSTGRES_PASSWORD: token(),
    MASTER_KEY: key(),
    INDEX_KEY: key(),
    TOKEN_KEY: key(),
    LOG_KEY: JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })),
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    TELECOM_CLIENT_SECRET: token(),
    CUSTOMS_TOKEN: token(),
    CUSTOMS_INBOUND_TOKEN: token(),
    SMS_TOKEN: token(),
    OPERATOR_TOKEN: token(),
  };
}

const key = () => randomBytes(32).toString('base64');
const token = () => randomBytes(24).toString('base64url');
