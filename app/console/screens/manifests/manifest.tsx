import type { LineResult } from '../../../../domain/manifest.ts';
import { usePoll } from '../../../src/api/use-poll.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Link, useQuery } from '../../../src/router.ts';
import { ButtonLink } from '../../../src/ui/button.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { at, useRefreshOn } from '../../api.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { declarationPath, manifestPath, PATHS } from '../../paths.ts';
import { fieldName, remedyOf } from '../../remedy.ts';
import type { Line, LineList, Manifest } from '../../types.ts';
import { Counts } from '../../ui/counts.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { nameOf, Progress } from './manifests.tsx';

/** One manifest: how far it is, its rejected lines with what is wrong in each, and its accepted ones. */
export function ManifestScreen({ id }: { id: string }) {
  const path = at(`/manifests/${encodeURIComponent(id)}`);
  const manifest = useResource<Manifest>(path);
  usePoll(true, manifest.refresh);
  const result: LineResult = useQuery().get('result') === 'accepted' ? 'accepted' : 'rejected';
  return (
    <Page
      title={manifest.state === 'ready' ? nameOf(manifest.data) : t('manifests.title')}
      parent={{ href: PATHS.manifests, label: t('manifests.title') }}
    >
      <Loaded resource={manifest}>
        {(data) => (
          <>
            <Progress manifest={data} />
            {Object.keys(data.declarations).length > 0 && (
              <>
                <h2>{t('manifest.declarations')}</h2>
                <Counts counts={data.declarations} />
              </>
            )}
            <h2>{t(`manifest.${result}`)}</h2>
            <Lines path={path} result={result} answered={data.lines[result]} />
            <Other id={id} result={result} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** The other kind of lines. */
function Other({ id, result }: { id: string; result: LineResult }) {
  const other = result === 'accepted' ? 'rejected' : 'accepted';
  return (
    <ButtonLink href={`${manifestPath(id)}?result=${other}`} kind="secondary">
      {t(`manifest.show.${other}`)}
    </ButtonLink>
  );
}

interface LinesProps {
  path: string;
  result: LineResult;
  /** How many there are: looks again when there are more. */
  answered: number;
}

function Lines({ path, result, answered }: LinesProps) {
  const cursor = useQuery().get('cursor');
  const asked = new URLSearchParams({ result, ...(cursor !== null && { cursor }) });
  const lines = useResource<LineList>(`${path}/lines?${asked}`);
  useRefreshOn(String(answered), lines.refresh);
  return (
    <Loaded resource={lines}>
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 ? (
            <p class="muted">{result === 'rejected' && t('manifest.rejected.none')}</p>
          ) : (
            <ul class="list">
              {items.map((line) => (
                <li key={line.line}>
                  <OneLine line={line} />
                </li>
              ))}
            </ul>
          )}
          <Pager nextCursor={nextCursor} forward />
        </>
      )}
    </Loaded>
  );
}

function OneLine({ line: { line, declarationId, houseWaybill, problem, result } }: { line: Line }) {
  return (
    <>
      <p>
        <strong>{t('manifest.line', { n: line })}</strong>{' '}
        {declarationId === undefined ? (
          <span class="code">{houseWaybill}</span>
        ) : (
          <Link href={declarationPath(declarationId)} class="code">
            {houseWaybill ?? declarationId}
          </Link>
        )}
      </p>
      {result === 'rejected' && (problem ? <Why problem={problem} /> : <p>{t('manifest.purged')}</p>)}
    </>
  );
}

/** What is wrong with a line, field by field where it is said so. */
function Why({ problem }: { problem: NonNullable<Line['problem']> }) {
  const key = `manifest.${problem.type.replace('/problems/', '')}`;
  if (hasMessage(key)) return <p>{t(key)}</p>;
  if (!problem.errors) return <p class="foreign">{t('remedy.told', { detail: problem.detail })}</p>;
  return (
    <ul class="problems">
      {problem.errors.map((error) => (
        <li key={`${error.pointer} ${error.code}`}>
          <strong>{fieldName(error.pointer)}</strong>
          <p class="foreign">{remedyOf(error)}</p>
        </li>
      ))}
    </ul>
  );
}
