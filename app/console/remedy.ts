/** What is wrong with a field, and how it is corrected, in words. */
import type { Problem } from '../../domain/error-code.ts';
import { hasMessage, t } from './i18n/index.ts';
import { nameOf } from './screens/amend/form.ts';

/** `/goods/0/price` → "Goods 1: price". A member that the console does not know keeps its pointer. */
export function fieldName(pointer: string): string {
  if (pointer === '') return t('field.all');
  const key = `field.${nameOf(pointer)}`;
  const name = hasMessage(key) ? t(key) : pointer;
  const line = /^\/goods\/(\d+)(?:\/|$)/.exec(pointer)?.[1];
  return line === undefined ? name : t('field.of-line', { n: Number(line) + 1, name });
}

/** By its code; what Customs says in words of its own is shown as it is. */
export function remedyOf({ pointer, code, detail }: Problem): string {
  const key = `remedy.${code}`;
  if (hasMessage(key)) return t(key);
  const hint = `field.${nameOf(pointer)}.hint`;
  return hasMessage(hint) ? t('remedy.form', { hint: t(hint) }) : t('remedy.told', { detail });
}
