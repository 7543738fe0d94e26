import type { ComponentChildren } from 'preact';
import { useCallback, useEffect } from 'preact/hooks';
import { ApiProblem } from '../../api/client.ts';
import { useLive } from '../../api/events.ts';
import { usePoll } from '../../api/use-poll.ts';
import { type Resource, useResource } from '../../api/use-resource.ts';
import { stageOf } from '../../declaration/view.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Card, Facts } from '../../ui/card.tsx';
import { formatInstant, formatMoment } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import type { Detailed, Receipt } from '../declaration/contract.ts';
import { Broker, WholeDeclaration } from '../declaration/details.tsx';
import { FreezeOffer } from '../declaration/freeze-offer.tsx';
import { GoodsInShort } from '../declaration/goods-in-short.tsx';
import { totalsOf } from '../declaration/words.ts';
import { Lookups } from './lookups.tsx';
import { ReceiptFile } from './receipt-file.tsx';
import { Report } from './report.tsx';

/** One answer as it is kept: who, what, when, and that Customs has it. */
export function ReceiptScreen({ id }: { id: string }) {
  const declaration = useResource<Detailed>(`/app/declarations/${id}`);
  const receipt = useResource<Receipt>(`/app/declarations/${id}/receipt`);
  const reload = useCallback(() => {
    declaration.reload();
    receipt.reload();
  }, [declaration.reload, receipt.reload]);
  useLive(reload);
  usePoll(isAwaited(receipt), reload);
  usePrintedWhole();
  return (
    <Screen
      title={t('receipt.title')}
      back={PATHS.history}
      actions={
        <Button kind="secondary" onClick={() => print()}>
          {t('receipt.print')}
        </Button>
      }
    >
      <Loaded resource={declaration} skeletonLines={5}>
        {(data) => <Answer declaration={data} receipt={receipt} reload={reload} />}
      </Loaded>
    </Screen>
  );
}

/** On paper nothing can be opened: all of it is printed. */
function usePrintedWhole(): void {
  useEffect(() => {
    const open = () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    };
    addEventListener('beforeprint', open);
    return () => removeEventListener('beforeprint', open);
  }, []);
}

interface AnswerProps {
  declaration: Detailed;
  receipt: Resource<Receipt>;
  reload: () => void;
}

function Answer({ declaration, receipt, reload }: AnswerProps) {
  const { answer, declarationId, reportedAt, caseResolution } = declaration;
  if (!answer) {
    return <ButtonLink href={`/d/${declarationId}`}>{t('receipt.open')}</ButtonLink>;
  }
  const held = receipt.state === 'ready' ? receipt.data : null;
  return (
    <>
      {caseResolution && (
        <Banner kind="info" title={t(`report.${caseResolution.resolution}.title`)}>
          {t(`report.${caseResolution.resolution}.body`, { moment: formatMoment(caseResolution.resolvedAt) })}
        </Banner>
      )}
      {reportedAt !== undefined && !caseResolution && (
        <Banner kind="warn" title={t('report.reported.title')}>
          {t('report.reported.body', { moment: formatMoment(reportedAt) })}
        </Banner>
      )}
      {reportedAt !== undefined && <FreezeOffer />}
      <Card>
        <p class={`receipt-answer answered-${answer.decision}`}>{t(`choice.${answer.decision}`)}</p>
        <p>
          <GoodsInShort declaration={declaration} />
          <span class="block">{totalsOf(declaration.totals)}</span>
        </p>
        <Facts items={factsOf(declaration, held)} />
      </Card>
      {held?.receipt !== undefined && <ReceiptFile declaration={declaration} jws={held.receipt} />}
      {!held && <Waiting declaration={declaration} receipt={receipt} />}
      <Lookups declarationId={declarationId} />
      <WholeDeclaration declaration={declaration} />
      {answer.decision === 'confirmed' && reportedAt === undefined && (
        <Report declarationId={declarationId} onReported={reload} />
      )}
    </>
  );
}

/** Customs has not acknowledged it, or it is on its way. */
const isAwaited = (receipt: Resource<Receipt>): boolean =>
  receipt.state === 'loading' ||
  (receipt.state === 'failed' && receipt.error instanceof ApiProblem && receipt.error.status === 404);

/** Not acknowledged yet is no error; anything else is told, with a way to try again. */
function Waiting({ declaration, receipt }: Pick<AnswerProps, 'declaration' | 'receipt'>) {
  if (!isAwaited(receipt)) return <Loaded resource={receipt}>{() => null}</Loaded>;
  return (
    <Banner kind="info" title={t('receipt.waiting.title')}>
      <p>{t(`stage.${stageOf(declaration)}`)}</p>
      <p>{t('receipt.waiting.body')}</p>
    </Banner>
  );
}

type Fact = readonly [ComponentChildren, ComponentChildren];

function factsOf(declaration: Detailed, held: Receipt | null): Fact[] {
  const { answer, broker, houseWaybill, declarationNumber, version, digest } = declaration;
  const acknowledgedAt = held?.acknowledgedAt ?? answer?.customsAcknowledgedAt;
  const reason = `reason.${answer?.reason}`;
  const optional = (name: string, value: ComponentChildren): Fact[] => (value ? [[name, value]] : []);
  return [
    ...optional(t('outcome.reason'), hasMessage(reason) && t(reason)),
    ...optional(t('receipt.decidedAt'), answer && instant(answer.decidedAt)),
    ...optional(t('receipt.acknowledgedAt'), acknowledgedAt && instant(acknowledgedAt)),
    ...optional(t('receipt.acknowledgementNumber'), held && code(held.acknowledgementNumber)),
    [t('declaration.broker'), <Broker broker={broker} />],
    [t('declaration.houseWaybill'), code(houseWaybill)],
    ...optional(t('declaration.declarationNumber'), declarationNumber && code(declarationNumber)),
    [t('receipt.version'), t('declaration.version', { n: version })],
    ...optional(t('receipt.consentId'), answer?.consentId && code(answer.consentId)),
    [t('receipt.digest'), code(inGroups(digest))],
  ];
}

const instant = (at: string) => <time dateTime={at}>{formatInstant(at)}</time>;

const code = (text: string) => <bdi class="code">{text}</bdi>;

/** `0123456789ab…` → `0123 4567 89ab …`: to be compared by eye. */
const inGroups = (hex: string): string => hex.match(/.{1,4}/g)?.join(' ') ?? hex;
