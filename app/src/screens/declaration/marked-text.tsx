import { codePoints, odditiesOf, type Segment, segments } from '../../declaration/marks.ts';
import { t } from '../../i18n/index.ts';

/**
 * Text as a stranger wrote it: in the direction of its own, apart from everything around it, and with what is odd in it
 * marked for eyes and ears. It is text, never markup.
 */
export function MarkedText({ text }: { text: string }) {
  return (
    <bdi class="foreign">
      {segments(text).map((segment, at) =>
        segment.oddity === null ? segment.text : <Odd key={at} {...segment} />,
      )}
    </bdi>
  );
}

/** What shows nothing, or not what it is, is shown by its code points. */
const SHOWN_AS_CODE: readonly Segment['oddity'][] = ['invisible', 'unknown', 'odd-space'];

function Odd({ text, oddity }: Segment) {
  return (
    <mark class="odd">
      <span class="visually-hidden">{t('marks.hidden')}</span>
      {SHOWN_AS_CODE.includes(oddity) ? <span class="code">{codePoints(text)}</span> : text}
    </mark>
  );
}

/** What the marks in a text mean, to be opened by whoever wants to know; nothing where there are none. */
export function MarksExplained({ text }: { text: string }) {
  const odd = segments(text).filter(({ oddity }) => oddity !== null);
  if (odd.length === 0) return null;
  return (
    <details class="explained">
      <summary>{t('marks.summary', { n: odd.length })}</summary>
      <ul>
        {odditiesOf(text).map((oddity) => (
          <li key={oddity}>
            <span class="code">
              {codePoints(
                [
                  ...new Set(odd.filter((part) => part.oddity === oddity).flatMap((part) => [...part.text])),
                ].join(''),
              )}
            </span>{' '}
            {t(`marks.${oddity}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
