/** A check that did not pass; the message says what differs. It may quote the pack. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** Throws `Failure` unless the two are the same text or number. */
export function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Failure(`${what} is ${JSON.stringify(found)} and should be ${JSON.stringify(expected)}`);
}
