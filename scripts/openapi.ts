/** `npm run openapi`: writes `docs/openapi.json`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiText } from './documents/openapi.ts';
import { ROOT } from './up/paths.ts';

writeFileSync(join(ROOT, 'docs/openapi.json'), openApiText());
