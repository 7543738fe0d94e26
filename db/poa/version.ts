import type { CanonicalDeclaration } from '../../domain/canonical.ts';
import type { KeyStore } from '../keys.ts';
import type { Queryable } from '../pool.ts';
import { seal, unseal } from '../seal.ts';

/** The record's data key was destroyed: there is nothing left to work with. */
export class Shredded extends Error {
  override readonly name = 'Shredded';
}

/** Data key of a declaration. Throws `Shredded` once it is gone. */
export async function declarationKey(keys: KeyStore, declarationId: string): Promise<Buffer> {
  const key = await keys.get(declarationId);
  if (!key) throw new Shredded(declarationId);
  return key;
}

/** The exact canonical text of a version, and what it says. */
export interface VersionContent {
  text: string;
  content: CanonicalDeclaration;
}

/** What the broker submitted (or Customs sent) as this version, in its canonical form. */
export async function readVersion(
  db: Queryable,
  key: Buffer,
  declarationId: string,
  version: number,
): Promise<VersionContent> {
  const { rows } = await db.query<{ sealed: Buffer | null }>({
    name: 'poa-version',
    text: 'SELECT sealed FROM declaration_versions WHERE declaration_id = $1 AND version = $2',
    values: [declarationId, version],
  });
  if (!rows[0]) throw new Error(`no version ${version} of ${declarationId}`);
  if (!rows[0].sealed) throw new Shredded(declarationId);
  const { canonical } = unseal(
    key,
    `declaration_versions/${declarationId}.${version}/sealed`,
    rows[0].sealed,
  ) as {
    canonical: string;
  };
  return { text: canonical, content: JSON.parse(canonical) as CanonicalDeclaration };
}

/** What needs correction, as kept on the process's row: it may quote the declaration, so it is sealed. */
export const sealProblems = (key: Buffer, declarationId: string, problems: readonly object[]): Buffer =>
  seal(key, `declarations/${declarationId}/sealed_problems`, problems);
