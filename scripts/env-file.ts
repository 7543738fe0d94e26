/** What `npm run secrets` writes: the `.env` of docker-compose.yml. */
import { randomBytes } from 'node:crypto';
import { freshSecrets, TELECOM_CLIENT_ID } from './up/secrets.ts';

/** The sandbox's addresses; all share one loopback (docker-compose.sandbox.yml). */
const SANDBOX = {
  api: 'http://localhost:8080',
  telecom: 'http://localhost:4801',
  customs: 'http://localhost:4802',
  push: 'http://localhost:4803',
};

/**
 * Text of a `.env` with fresh secrets. For the sandbox it is complete; for production the counterparts' addresses and
 * tokens are left empty, and Compose refuses to start until they are set.
 */
export async function envFile(kind: 'sandbox' | 'production'): Promise<string> {
  const { POSTGRES_PASSWORD, TELECOM_CLIENT_SECRET, CUSTOMS_TOKEN, SMS_TOKEN, ...own } = await freshSecrets();
  const databases = {
    POSTGRES_PASSWORD,
    KEYSTORE_PASSWORD: password(),
    CONSENTRY_DB_PASSWORD: password(),
    KEYS_DB_PASSWORD: password(),
    TEMPORAL_DB_PASSWORD: password(),
  };
  const operator = { name: 'sandbox', issuer: SANDBOX.telecom, clientId: TELECOM_CLIENT_ID };
  const outside = {
    sandbox: {
      COMPOSE_FILE: 'docker-compose.yml:docker-compose.sandbox.yml',
      PUBLIC_URL: SANDBOX.api,
      RP_ID: 'localhost',
      LOG_ORIGIN: 'localhost/log',
      TELECOM_OPERATORS: JSON.stringify([{ ...operator, clientSecret: TELECOM_CLIENT_SECRET }]),
      TELECOM_CLIENT_SECRET,
      CUSTOMS_URL: SANDBOX.customs,
      CUSTOMS_TOKEN,
      SMS_URL: SANDBOX.push,
      SMS_TOKEN,
    },
    production: {
      PUBLIC_URL: '',
      RP_ID: '',
      LOG_ORIGIN: '',
      TELECOM_OPERATORS: '',
      CUSTOMS_URL: '',
      CUSTOMS_TOKEN: '',
      SMS_URL: '',
      SMS_TOKEN: '',
      VAPID_SUBJECT: '',
    },
  }[kind];
  return [
    `# Made by \`npm run secrets\` for ${kind}. Never commit it. Without MASTER_KEY and INDEX_KEY the data cannot be read.`,
    ...lines(databases),
    ...lines(own),
    '',
    kind === 'sandbox'
      ? '# Everything outside is simulated.'
      : '# To be filled in; docs/deployment.md says how.',
    ...lines(outside),
    '',
  ].join('\n');
}

/** Single quotes: Compose takes what stands between them as it is, and no value holds one. */
const lines = (values: Record<string, string>): string[] =>
  Object.entries(values).map(([name, value]) => (value === '' ? `${name}=` : `${name}='${value}'`));

const password = () => randomBytes(24).toString('base64url');
