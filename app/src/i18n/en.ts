import { common } from './common.en.ts';
import { declaration } from './declaration.en.ts';
import { me } from './me.en.ts';
import type { Message } from './message.ts';
import { notification } from './notification.en.ts';
import { registration } from './registration.en.ts';
import { units } from './units.en.ts';
import type { zhTW } from './zh-TW.ts';

export const en: Readonly<Record<keyof typeof zhTW, Message>> = {
  ...common,
  ...declaration,
  ...registration,
  ...me,
  ...notification,
  ...units,
};
