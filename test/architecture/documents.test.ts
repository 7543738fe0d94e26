import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POA_STATE, type PoaStatus } from '../../domain/poa-state.ts';
import { exists, files, read } from './source-files.ts';

const documents = files.filter((file) => /^(README|CHANGELOG)\.md$|^(docs|sandbox)\/.*\.md$/.test(file));

/** Text outside code, where links are links. */
const prose = (file: string) =>
  read(file)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');

/** Anchors of a document's headings, as GitHub makes them. */
function anchors(file: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of read(file)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6}\s+(.*)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let i = 1; found.has(anchor); i++) anchor = `${slug}-${i}`;
    found.add(anchor);
  }
  return found;
}

function deadLinks(file: string): string[] {
  const links = [
    ...prose(file).matchAll(/\]\((?<link>[^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(?<reference>\S+)/gm),
  ];
  return links
    .map(({ groups }) => groups?.link ?? groups?.reference ?? '')
    .filter((link) => !/^[a-z]+:/i.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
      if (!exists(target)) return true;
      return (
        anchor !== undefined && target.endsWith('.md') && !anchors(target).has(decodeURIComponent(anchor))
      );
    })
    .map((link) => `${file} → ${link}`);
}

describe('documents', () => {
  it.each(documents)('%s has no dead link', (file) => {
    expect(deadLinks(file)).toEqual([]);
  });
});

describe.skipIf(!exists('docs/architecture.md'))('docs/architecture.md', () => {
  it("shows the POA's table as it is", () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\|(.*)\|(.*)\|(.*)\|(.*)\|$/gm)]
      .map(([, ...cells]) => cells.map((cell) => cell.trim()))
      .filter(([statuses = '']) => statuses.includes('`'));
    const shown = rows.flatMap(([statuses = '', deadline = '', amend, cancel]) =>
      [...statuses.matchAll(/`(\w+)`/g)]
        .map(([, status = '']) => status)
        .filter((status): status is PoaStatus => status in POA_STATE)
        .map((status) => ({
          status,
          deadline: /`(\w+)`/.exec(deadline)?.[1] ?? null,
          amend: amend === 'yes',
          cancel: cancel === 'yes',
        })),
    );
    const table = Object.entries(POA_STATE).map(([status, { deadline, amend, cancel }]) => ({
      status,
      deadline,
      amend,
      cancel,
    }));
    const byStatus = (a: { status: string }, b: { status: string }) => a.status.localeCompare(b.status);
    expect(shown.sort(byStatus)).toEqual(table.sort(byStatus));
  });
});
