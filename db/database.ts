import type { Pool } from 'pg';
import type { KeyStore } from './keys.ts';
import type { BlindIndex } from './seal.ts';

/** What every group of queries needs: the tables, the data keys and the blind indexes. Wired once per process. */
export interface Database {
  pool: Pool;
  keys: KeyStore;
  index: BlindIndex;
}
