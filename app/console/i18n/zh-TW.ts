import { units } from '../../src/i18n/units.zh-TW.ts';
import { amend } from './amend.zh-TW.ts';
import { declarations } from './declarations.zh-TW.ts';
import { people } from './people.zh-TW.ts';
import { webhooks } from './webhooks.zh-TW.ts';

/** Every text of the console's own, by its key. */
export const zhTW = { ...people, ...declarations, ...amend, ...units, ...webhooks };
