import type { Message } from '../../src/i18n/message.ts';
import { units } from '../../src/i18n/units.en.ts';
import { amend } from './amend.en.ts';
import { declarations } from './declarations.en.ts';
import { people } from './people.en.ts';
import { webhooks } from './webhooks.en.ts';
import type { zhTW } from './zh-TW.ts';

export const en: Readonly<Record<keyof typeof zhTW, Message>> = {
  ...people,
  ...declarations,
  ...amend,
  ...units,
  ...webhooks,
};
