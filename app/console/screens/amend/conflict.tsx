import { Banner } from '../../../src/ui/banner.tsx';
import { Button } from '../../../src/ui/button.tsx';
import { t } from '../../i18n/index.ts';
import { fieldName } from '../../remedy.ts';
import type { Declaration } from '../../types.ts';
import { differing, formOf } from './form.ts';
import type { Amendment } from './use-amendment.ts';

/** Somebody changed it meanwhile: what was written is still there, and the person says what becomes of it. */
export function Conflict({ declaration, amendment }: { declaration: Declaration; amendment: Amendment }) {
  const inForce = formOf(declaration);
  const { form, rebase, restart } = amendment;
  return (
    <div class="stack">
      <Banner kind="warn" title={t('conflict.title')} alert>
        {t('conflict.body', { mine: amendment.version, now: declaration.version })}
      </Banner>
      <ul class="list">
        {differing(form, inForce).map((pointer) => (
          <li key={pointer}>
            <h2 class="h3">{fieldName(pointer)}</h2>
            <dl class="facts facts-wide">
              <div>
                <dt>{t('conflict.yours')}</dt>
                <dd class="foreign">{form[pointer]?.trim() || t('conflict.empty')}</dd>
              </div>
              <div>
                <dt>{t('conflict.in-force')}</dt>
                <dd class="foreign">{inForce[pointer] || t('conflict.empty')}</dd>
              </div>
            </dl>
          </li>
        ))}
      </ul>
      <Button onClick={rebase}>{t('conflict.mine')}</Button>
      <Button kind="secondary" onClick={restart}>
        {t('conflict.theirs')}
      </Button>
    </div>
  );
}
