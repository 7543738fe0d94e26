import {
  type Broker,
  createBroker,
  findBrokerByClientId,
  listBrokers,
  revokeBroker,
  rotateKey,
} from '../../db/brokers.ts';
import { addClientKey, listClientKeys, revokeClientKey } from '../../db/client-keys.ts';
import { inviteUser } from '../../db/console/invitations.ts';
import { type Queryable, violatedConstraint } from '../../db/pool.ts';
import { publicKeyIn } from './client-key.ts';
import { type Command, type Given, Refusal, textOf, UsageError } from './command.ts';
import { list, table } from './table.ts';

/** As Customs' contexts may name it (domain/declaration-schema.ts). */
const BOX_NUMBER = /^[\x20-\x7e]{1,35}$/;

const clientIdOf = ({ positionals }: Given): string => positionals[0] ?? '';
const unknown = (clientId: string) =>
  new Refusal(`No broker that is not revoked has the client id ${clientId}.`);
/** 管理者: whoever is invited first may be anybody. */
const FIRST_NAME = '管理者';
const ONCE = 'The secret is told this once.';

/** Throws `Refusal`. */
async function inUse(db: Queryable, clientId: string): Promise<Broker> {
  const broker = await findBrokerByClientId(db, clientId);
  if (!broker || broker.revokedAt) throw unknown(clientId);
  return broker;
}

export const broker: Record<string, Command> = {
  create: {
    positionals: [],
    options: {
      name: { type: 'string', value: 'NAME', required: true, help: 'as importers read it' },
      'box-number': {
        type: 'string',
        value: 'N',
        required: true,
        help: 'its box number at Customs (報關業者箱號)',
      },
    },
    summary: 'takes in a customs broker; prints its client id and secret',
    async run(given, connect, print) {
      const name = textOf(given, 'name') ?? '';
      const boxNumber = textOf(given, 'box-number') ?? '';
      if (!BOX_NUMBER.test(boxNumber))
        throw new UsageError('--box-number is 1 to 35 printable ASCII characters.');
      const { clientId, clientSecret } = await createBroker(connect().pool, { name, boxNumber }).catch(
        (error) => {
          throw violatedConstraint(error) ? new Refusal(`Box number ${boxNumber} has a broker.`) : error;
        },
      );
      for (const line of list({ clientId, clientSecret, boxNumber })) print(line);
      print(ONCE);
    },
  },

  revoke: {
    positionals: ['clientId'],
    options: {},
    summary: 'gives it no more tokens; live ones stop within seconds',
    async run(given, connect, print) {
      const clientId = clientIdOf(given);
      if (!(await revokeBroker(connect().pool, clientId))) throw unknown(clientId);
      print(`${clientId} is revoked.`);
    },
  },

  'rotate-key': {
    positionals: ['clientId'],
    options: {},
    summary: 'a fresh secret in place of the earlier one, which ends at once',
    async run(given, connect, print) {
      const clientId = clientIdOf(given);
      const clientSecret = await rotateKey(connect().pool, clientId);
      if (clientSecret === null) throw unknown(clientId);
      for (const line of list({ clientId, clientSecret })) print(line);
      print(ONCE);
    },
  },

  'add-key': {
    positionals: ['clientId', 'file'],
    options: {},
    summary: 'takes in a public key (JWK or PEM) by which it may authenticate instead of its secret',
    async run(given, connect, print) {
      const { kid, jwk } = await publicKeyIn(given.positionals[1] ?? '');
      const { pool } = connect();
      const { brokerId } = await inUse(pool, clientIdOf(given));
      if (!(await addClientKey(pool, brokerId, kid, jwk)))
        throw new Refusal(`${clientIdOf(given)} has, or had, a key ${kid}.`);
      print(`${kid} may sign for ${clientIdOf(given)}. Others that it has stay as they are.`);
    },
  },

  'revoke-key': {
    positionals: ['clientId', 'kid'],
    options: {},
    summary: 'ends a key; tokens that it opened stop within seconds',
    async run(given, connect, print) {
      const { pool } = connect();
      const { brokerId } = await inUse(pool, clientIdOf(given));
      const kid = given.positionals[1] ?? '';
      if (!(await revokeClientKey(pool, brokerId, kid)))
        throw new Refusal(`${clientIdOf(given)} has no key ${kid}.`);
      print(`${kid} is revoked.`);
    },
  },

  keys: {
    positionals: ['clientId'],
    options: {},
    summary: 'its public keys, revoked ones too',
    async run(given, connect, print) {
      const { pool } = connect();
      const { brokerId } = await inUse(pool, clientIdOf(given));
      const rows = (await listClientKeys(pool, brokerId)).map(({ kid, jwk, createdAt, revokedAt }) => ({
        kid,
        type: jwk.crv ?? jwk.kty,
        created: createdAt,
        revoked: revokedAt,
      }));
      for (const line of rows.length > 0 ? table(rows) : ['It has no key, and authenticates by its secret.'])
        print(line);
    },
  },

  invite: {
    positionals: ['clientId'],
    options: {
      name: { type: 'string', value: 'NAME', help: `of the administrator; "${FIRST_NAME}" when left out` },
    },
    summary: 'invites an administrator to its console; prints a link for one use within 72 hours',
    async run(given, connect, print) {
      const clientId = clientIdOf(given);
      const connection = connect();
      const broker = await inUse(connection.pool, clientId);
      const { token, expiresAt } = await inviteUser(
        { pool: connection.pool, keys: connection.keys() },
        {
          brokerId: broker.brokerId,
          by: null,
          name: textOf(given, 'name') ?? FIRST_NAME,
          role: 'admin',
        },
      );
      const invitation = `${connection.publicUrl()}/console/join#${token}`;
      for (const line of list({ invitation, 'good until': expiresAt })) print(line);
      print('The link is told this once: whoever opens it first administers the console.');
    },
  },

  list: {
    positionals: [],
    options: {},
    summary: 'all brokers, revoked ones too',
    async run(_given, connect, print) {
      const brokers = await listBrokers(connect().pool);
      const rows = brokers.map(({ clientId, boxNumber, name, createdAt, revokedAt }) => ({
        'client id': clientId,
        'box number': boxNumber,
        name,
        created: createdAt,
        revoked: revokedAt,
      }));
      for (const line of rows.length > 0 ? table(rows) : ['There is no broker.']) print(line);
    },
  },
};
