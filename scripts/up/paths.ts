/** Fixed places of a checkout. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What `npm start` keeps. */
export const DATA_DIRECTORY = join(ROOT, '.data');
/** What was fetched and can be fetched again. */
export const CACHE_DIRECTORY = join(ROOT, '.cache');
