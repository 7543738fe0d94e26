import type { ComponentChildren } from 'preact';
import { usePoll } from '../../api/use-poll.ts';
import type { Words } from '../../declaration/answer.ts';
import { stageOf } from '../../declaration/view.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Card, Facts } from '../../ui/card.tsx';
import { Screen } from '../../ui/screen.tsx';
import { VerifyAgain } from '../registration/verify-again.tsx';
import { AnswerBanner } from './answer-banner.tsx';
import type { Detailed } from './contract.ts';
import { WholeDeclaration } from './details.tsx';
import { FreezeOffer } from './freeze-offer.tsx';
import { GoodsInShort } from './goods-in-short.tsx';
import { MarkedText } from './marked-text.tsx';
import { Steps } from './steps.tsx';
import type { Answering } from './use-answer.ts';
import { totalsOf } from './words.ts';

/** As the server tells it, or as it was just sent. */
type Said = NonNullable<Detailed['answer']> | Words;

interface OutcomeProps {
  declaration: Detailed;
  answering: Answering;
  reload: () => void;
}

/** What was answered, how far it has come, and what happens next; live until Customs has it. */
export function Outcome({ declaration, answering, reload }: OutcomeProps) {
  const { state } = answering;
  const said = declaration.answer ?? (state.at === 'kept' || state.at === 'judged' ? state.words : null);
  const stage = stageOf(declaration);
  usePoll(stage !== 'acknowledged', reload);
  if (state.at === 'judged' && state.verdict === 'void') return <Void declaration={declaration} />;
  if (!said) return null;
  const { decision } = said;
  return (
    <Screen
      title={t(`outcome.${decision}.title`)}
      back={PATHS.inbox}
      actions={
        <>
          {stage === 'acknowledged' && (
            <ButtonLink kind="secondary" href={`/history/${declaration.declarationId}`}>
              {t('outcome.receipt')}
            </ButtonLink>
          )}
          <ButtonLink href={PATHS.inbox}>{t('outcome.home')}</ButtonLink>
        </>
      }
    >
      <AnswerBanner answering={answering} reload={reload} />
      <Banner kind={decision === 'confirmed' ? 'success' : 'info'}>
        <Next decision={decision} name={declaration.broker.name} />
      </Banner>
      <p>
        <strong>
          <GoodsInShort declaration={declaration} />
        </strong>
        <span class="block">{totalsOf(declaration.totals)}</span>
      </p>
      <Steps
        decidedAt={declaration.answer?.decidedAt}
        acknowledgedAt={declaration.answer?.customsAcknowledgedAt}
        stage={stage}
      />
      {decision === 'declined' && <Why said={said} />}
      {decision === 'repudiated' && <FreezeOffer />}
      <WholeDeclaration declaration={declaration} />
    </Screen>
  );
}

function Next({ decision, name }: { decision: Words['decision']; name: string }) {
  const [before, after] = t(`outcome.${decision}.next`, { broker: '\u0000' }).split('\u0000');
  return (
    <p>
      {before}
      <MarkedText text={name} />
      {after}
    </p>
  );
}

/** What was not right, in the person's own words where there are some. */
function Why({ said: { reason, lines = [], note } }: { said: Said }) {
  const key = `reason.${reason}`;
  const items: (readonly [string, ComponentChildren])[] = [
    [t('outcome.reason'), hasMessage(key) ? t(key) : reason],
  ];
  if (lines.length > 0) {
    items.push([t('outcome.lines'), t('outcome.lines.value', { list: lines.join(t('outcome.lines.and')) })]);
  }
  if (note !== undefined) items.push([t('decline.note'), <bdi key="note">{note}</bdi>]);
  return (
    <Card>
      <Facts items={items} />
    </Card>
  );
}

function Void({ declaration }: { declaration: Detailed }) {
  return (
    <Screen title={t('void.title')} back={PATHS.inbox} actions={<VerifyAgain />}>
      <Banner kind="danger" alert>
        <p>{t('void.body')}</p>
      </Banner>
      <p>{t('void.todo')}</p>
      <WholeDeclaration declaration={declaration} />
    </Screen>
  );
}
