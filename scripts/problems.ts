/** `npm run problems`: writes `docs/problems.md`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemsDocument } from './documents/problems.ts';
import { ROOT } from './up/paths.ts';

writeFileSync(join(ROOT, 'docs/problems.md'), problemsDocument());
