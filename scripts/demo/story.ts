/** How the demonstration is told: chapters of steps, each printed once it was seen to have happened. */

/** Select Graphic Rendition codes (ECMA-48 §8.3.117). */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/** A step that is not seen within this time failed, ms. */
const PATIENCE_MS = 20_000;
const POLL_MS = 50;
/** Width of the column that says what a step is, in terminal cells. */
const COLUMN = 44;

export interface Story {
  chapter(title: string): void;
  /** Does something once; prints its proof, or what was in the way. */
  act<T>(name: string, what: string, act: () => Promise<Seen<T>>): Promise<T>;
  /** Looks again and again until something that others do can be seen; prints its proof, or that it was not seen. */
  see<T>(name: string, what: string, look: () => Promise<Seen<T> | undefined>): Promise<T>;
  link(url: string): void;
}

/** The proof of a step: what is printed beside it, and what the next steps need. */
export interface Seen<T> {
  proof: string;
  found: T;
}

/** A step did not happen; it has been printed. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen';
}

/** Thrown by a look: what is looked for will not come any more. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/** `coloured`: only where a person looks. */
export function tellStory(print: (line: string) => void, coloured: boolean): Story {
  const paint = (style: keyof typeof STYLES, text: string) =>
    coloured ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
  const line = (mark: string, name: string, what: string, proof: string) =>
    print(`  ${mark} ${paint('bold', name)}  ${what.padEnd(COLUMN)}${paint('dim', proof)}`);

  const seen = <T>(name: string, what: string, { found, proof }: Seen<T>): T => {
    line(paint('green', '✓'), name, what, proof);
    return found;
  };
  const missed = (name: string, what: string, why: string): NotSeen => {
    line(paint('red', '✗'), name, what, why);
    return new NotSeen(name);
  };

  return {
    chapter: (title) => {
      print('');
      print(paint('bold', title));
    },
    act: (name, what, act) =>
      act().then(
        (result) => seen(name, what, result),
        (error: Error) => {
          throw missed(name, what, error.message);
        },
      ),
    async see(name, what, look) {
      const end = Date.now() + PATIENCE_MS;
      let trouble = '';
      while (Date.now() < end) {
        const result = await look().catch((error: Error) => {
          if (error instanceof Hopeless) throw missed(name, what, error.message);
          trouble = `: ${error.message}`;
        });
        if (result) return seen(name, what, result);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      throw missed(name, what, `not seen within ${PATIENCE_MS / 1000} s${trouble}`);
    },
    link: (url) => print(`        ${paint('cyan', url)}`),
  };
}
