import type { ComponentChildren } from 'preact';
import type { Resource } from '../api/use-resource.ts';
import { t } from '../i18n/core.ts';
import { Banner } from './banner.tsx';
import { Skeleton } from './loading.tsx';
import { ProblemBanner } from './problem.tsx';

interface LoadedProps<T> {
  resource: Resource<T>;
  skeletonLines?: number;
  children: (data: T) => ComponentChildren;
}

/** Something of the API in each of its states: on its way, there, there but old, not to be had. */
export function Loaded<T>({ resource, skeletonLines, children }: LoadedProps<T>) {
  if (resource.state === 'loading') return <Skeleton {...(skeletonLines && { lines: skeletonLines })} />;
  if (resource.state === 'failed') return <ProblemBanner error={resource.error} retry={resource.reload} />;
  return (
    <>
      {resource.error !== undefined && <Banner kind="warn">{t('state.stale')}</Banner>}
      {children(resource.data)}
    </>
  );
}
