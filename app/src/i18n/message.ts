/** A text with `{name}` places; or one per grammatical number, by the place `n`. */
export type Message = string | { readonly one: string; readonly other: string };
export type Messages = Readonly<Record<string, Message>>;
/** A dictionary with exactly the keys of another. */
export type Translation<T extends Messages> = Readonly<Record<keyof T, Message>>;

export type Params = Readonly<Record<string, string | number>>;

/** Puts the parameters in their places. */
export function fill(message: Message, locale: string, params: Params = {}): string {
  const text = typeof message === 'string' ? message : message[numberOf(locale, Number(params.n))];
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(params[name] ?? place));
}

const numberOf = (locale: string, n: number): 'one' | 'other' =>
  new Intl.PluralRules(locale).select(n) === 'one' ? 'one' : 'other';
