import { useResource } from '../../../src/api/use-resource.ts';
import { Banner } from '../../../src/ui/banner.tsx';
import { ButtonLink } from '../../../src/ui/button.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { declarationPath } from '../../paths.ts';
import type { Declaration } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { mayAmend } from '../../view.ts';
import { AmendForm } from './amend-form.tsx';

/** Amends a declaration: the whole of it, over the version that was read. */
export function Amend({ id }: { id: string }) {
  const declaration = useResource<Declaration>(at(`/declarations/${encodeURIComponent(id)}`));
  const parent = { href: declarationPath(id), label: t('amend.back') };
  return (
    <Page title={t('amend.title')} parent={parent}>
      <Loaded resource={declaration}>
        {(data) =>
          mayAmend(data) || data.proposed ? (
            <AmendForm declaration={data} reload={declaration.reload} />
          ) : (
            <>
              <Banner kind="warn" title={t('amend.closed.title')}>
                {t('amend.closed.body')}
              </Banner>
              <ButtonLink href={parent.href}>{parent.label}</ButtonLink>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
