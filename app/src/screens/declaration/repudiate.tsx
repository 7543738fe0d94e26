import { t } from '../../i18n/index.ts';
import { Link } from '../../router.ts';
import { Button } from '../../ui/button.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Underway } from './answer-actions.tsx';
import { AnswerBanner } from './answer-banner.tsx';
import type { FormProps } from './decline.tsx';
import { GoodsInShort } from './goods-in-short.tsx';
import { MarkedText } from './marked-text.tsx';
import { NoticeText } from './notice-text.tsx';
import { totalsOf } from './words.ts';

/** 非本人: says what it does before it does it. */
export function Repudiate({ declaration, answering, notice, reload }: FormProps) {
  const { declarationId, version } = declaration;
  const touch = () => answering.dispatch({ type: 'touched', words: { version, decision: 'repudiated' } });
  return (
    <Screen
      title={t('repudiate.title')}
      back={`/d/${declarationId}`}
      actions={
        <Underway answering={answering}>
          <Button kind="danger" onClick={touch} disabled={notice === null}>
            {t('repudiate.send')}
          </Button>
        </Underway>
      }
    >
      <AnswerBanner answering={answering} reload={reload} />
      <section class="card">
        <strong>
          <GoodsInShort declaration={declaration} />
        </strong>
        <p>{totalsOf(declaration.totals)}</p>
        <p class="muted">
          <MarkedText text={declaration.broker.name} />
        </p>
      </section>
      <p>{t('repudiate.intro')}</p>
      <ul class="consequences">
        <li>{t('repudiate.case')}</li>
        <li>{t('repudiate.no-poa')}</li>
        <li>{t('repudiate.final')}</li>
      </ul>
      <p>
        <Link href={`/d/${declarationId}?answer=declined`} replace>
          {t('repudiate.unsure')}
        </Link>
      </p>
      <NoticeText notice={notice} />
    </Screen>
  );
}
