import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Stage } from '../../declaration/view.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { announce } from '../../ui/live.tsx';
import { Time } from '../../ui/time.tsx';

interface StepsProps {
  decidedAt: string | undefined;
  acknowledgedAt: string | undefined;
  stage: Stage;
}

/** How far an answer has come. A step is done when the server has said so, not before. */
export function Steps({ decidedAt, acknowledgedAt, stage }: StepsProps) {
  const told = useRef(stage);
  useEffect(() => {
    if (told.current !== stage && stage === 'acknowledged') announce(t('steps.customs'));
    told.current = stage;
  }, [stage]);
  return (
    <ol class="steps" aria-label={t('steps.label')}>
      <Step done title={t('steps.signed')}>
        {decidedAt && <Time at={decidedAt} />}
      </Step>
      <Step done title={t('steps.kept')} />
      {acknowledgedAt ? (
        <Step done title={t('steps.customs')}>
          <Time at={acknowledgedAt} />
        </Step>
      ) : (
        <Step title={t(stage === 'attention' ? 'steps.customs.attention' : 'steps.customs.waiting')} />
      )}
    </ol>
  );
}

function Step({
  title,
  done = false,
  children,
}: {
  title: string;
  done?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <li class={done ? 'step step-done' : 'step'}>
      <Icon name={done ? 'check' : 'history'} />
      <span>
        <strong>{title}</strong>
        <span class="visually-hidden">{t(done ? 'steps.done' : 'steps.pending')}</span>
        <span class="muted small block">{children}</span>
      </span>
    </li>
  );
}
