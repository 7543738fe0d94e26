import { common } from './common.zh-TW.ts';
import { declaration } from './declaration.zh-TW.ts';
import { me } from './me.zh-TW.ts';
import { notification } from './notification.zh-TW.ts';
import { registration } from './registration.zh-TW.ts';
import { units } from './units.zh-TW.ts';

/** Every text, by its key. */
export const zhTW = { ...common, ...declaration, ...registration, ...me, ...notification, ...units };
