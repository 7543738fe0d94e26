/**
 * What a stand-in acknowledged, kept through a kill: one JSON line per fact, written before the answer. No fsync: the
 * file survives the death of the process, not that of the machine.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Journal<Entry> {
  append(entry: Entry): void;
  /** Forgets everything. */
  clear(): void;
  close(): void;
}

/**
 * Opens the journal and hands every kept entry to `replay`, oldest first. A last line that a kill tore apart was never
 * acknowledged and is cut off. Without `file` nothing is kept.
 */
export function openJournal<Entry>(file: string | undefined, replay: (entry: Entry) => void): Journal<Entry> {
  if (!file) return { append: () => {}, clear: () => {}, close: () => {} };
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a+', 0o600);
  const bytes = readFileSync(file);
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    replay(JSON.parse(bytes.toString('utf8', start, end)) as Entry);
    start = end + 1;
  }
  if (start < bytes.length) ftruncateSync(descriptor, start);
  return {
    append: (entry) => void writeSync(descriptor, `${JSON.stringify(entry)}\n`),
    clear: () => ftruncateSync(descriptor, 0),
    close: () => closeSync(descriptor),
  };
}
