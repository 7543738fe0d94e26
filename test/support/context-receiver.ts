/** Takes Customs' contexts as `POST /customs/v1/declarations` does: keeps the row, then tells the process. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '../../db/database.ts';
import { seal } from '../../db/seal.ts';
import { canonicalForm } from '../../domain/canonical.ts';
import type { DeclarationContext } from '../../domain/declaration.ts';

export interface ContextReceiver {
  readonly url: string;
  close(): Promise<void>;
}

/** `tell` hears of every context that was kept. */
export async function startContextReceiver(
  db: Database,
  tell: (declarationId: string) => Promise<void>,
): Promise<ContextReceiver> {
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const context = JSON.parse(Buffer.concat(chunks).toString()) as DeclarationContext;
    await keepContext(db, context);
    await tell(context.declarationId ?? '').catch(() => {});
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The row alone: nobody is told. */
export async function keepContext({ pool, keys }: Database, context: DeclarationContext): Promise<void> {
  const { declarationId, version, brokerBoxNumber, declarationNumber } = context;
  const key = await keys.get(declarationId ?? '');
  if (!key) throw new Error('no key');
  const { text, digest } = canonicalForm(context, brokerBoxNumber);
  await pool.query(
    `INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [
      declarationId,
      version,
      digest,
      declarationNumber,
      seal(key, `contexts/${declarationId}.${version}/sealed`, { canonical: text }),
    ],
  );
}
