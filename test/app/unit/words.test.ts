/** The app's words: both languages say everything, and no text hides in the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { en as consoleEn } from '../../../app/console/i18n/en.ts';
import { zhTW as consoleZhTW } from '../../../app/console/i18n/zh-TW.ts';
import { en } from '../../../app/src/i18n/en.ts';
import type { Message } from '../../../app/src/i18n/message.ts';
import { zhTW } from '../../../app/src/i18n/zh-TW.ts';
import { ROOT } from '../../../scripts/up/paths.ts';

const places = (message: Message): string[] =>
  [...new Set((typeof message === 'string' ? message : message.other).match(/\{\w+\}/g) ?? [])].sort();
const texts = (message: Message): string[] =>
  typeof message === 'string' ? [message] : [message.one, message.other];

const screens = ['app/src', 'app/console'].flatMap((folder) =>
  (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
    .filter((file) => file.endsWith('.tsx'))
    .map((file) => ({
      file: `${folder}/${file}`,
      text: readFileSync(join(ROOT, folder, file), 'utf8'),
    })),
);

describe.each([
  { app: "the importers' app", zhTW, en },
  { app: 'the console', zhTW: consoleZhTW, en: consoleEn },
])('the two dictionaries of $app', ({ zhTW, en }) => {
  test('have the same keys and the same places, and no text is empty', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zhTW).sort());
    for (const [key, message] of Object.entries<Message>(zhTW)) {
      const translated = (en as Record<string, Message>)[key] ?? '';
      expect({ key, places: places(translated) }).toEqual({ key, places: places(message) });
      expect({
        key,
        empty: [...texts(message), ...texts(translated)].some((text) => text.trim() === ''),
      }).toEqual({
        key,
        empty: false,
      });
    }
  });

  test('English holds no Chinese, but where a thing is called by its own name', () => {
    const named = new Set(['language.zh-TW']);
    const found = Object.entries<Message>(en)
      .filter(
        ([key, message]) => !named.has(key) && texts(message).some((text) => /\p{Script=Han}/u.test(text)),
      )
      .map(([key]) => key);
    expect(found).toEqual([]);
  });
});

describe('screens', () => {
  test('are found: a list that is empty would keep every rule', () => {
    expect(screens.length).toBeGreaterThan(70);
  });

  test('hold no text of their own', () => {
    const found = screens.flatMap(({ file, text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
      const han = /\p{Script=Han}/u.test(code);
      const between = [
        ...code.matchAll(/<(?:p|h\d|strong|span|li|dt|dd|summary|button|a|label)\b[^<>{}]*>([^<>{}]+)</g),
      ]
        .map(([, words = '']) => words.trim())
        .filter((words) => /\p{L}{2,}/u.test(words));
      return han || between.length > 0 ? [`${file}: ${between.join(' | ')}`] : [];
    });
    expect(found).toEqual([]);
  });
});
