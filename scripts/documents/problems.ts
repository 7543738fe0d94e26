import { PROBLEMS } from '../../api/problem.ts';
import { ERROR_CODES } from '../../domain/error-code.ts';

/** `docs/problems.md`: every problem type (RFC 9457) that a caller can be answered with. */
export function problemsDocument(): string {
  const rows = ERROR_CODES.map((code) => ({ code, ...PROBLEMS[code] })).sort((a, b) => a.status - b.status);
  return `# Problems

Made by \`npm run problems\` from \`api/problem.ts\`.

An error is answered as \`application/problem+json\` (RFC 9457): \`type\` is \`/problems/<code>\`, where the service explains it
too; \`detail\` says what was wrong this time; \`errors\`, where members of the body are to blame, lists
\`{pointer, code, detail}\` with JSON Pointers (RFC 6901); \`instance\` holds the \`x-request-id\` of the answer.
\`version-conflict\` is 412 where an \`If-Match\` is stale. Answers with 429 and 503 carry \`Retry-After\`.

| code | status | what it means | what to do |
| --- | --- | --- | --- |
${rows.map(({ code, status, title, remedy }) => `| \`${code}\` | ${status} | ${title} | ${remedy} |`).join('\n')}
`;
}
