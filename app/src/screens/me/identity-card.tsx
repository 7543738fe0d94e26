import { useState } from 'preact/hooks';
import type { Identity } from '../../api/types.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Facts } from '../../ui/card.tsx';
import { Day, Time } from '../../ui/time.tsx';
import { operatorName } from '../registration/operator-step.tsx';

/** Whoever looks over one's shoulder sees half of it. */
export function IdentityCard({ identity }: { identity: Identity }) {
  const [shown, setShown] = useState(false);
  const { name, idNumber, birthDate, phone, operator, verifiedAt } = identity;
  return (
    <Card title={t('me.identity.title')}>
      <Facts
        items={[
          [t('me.identity.name'), name],
          [t('me.identity.phone'), <span class="code">{shown ? phone : masked(phone, 7, 3)}</span>],
          [t('me.identity.id'), <span class="code">{shown ? idNumber : masked(idNumber, 2, 3)}</span>],
          ...(shown ? [[t('me.identity.birth'), <Day day={birthDate} />] as const] : []),
          [t('me.identity.operator'), operatorName(operator)],
          ...(verifiedAt ? [[t('me.identity.verified'), <Time at={verifiedAt} />] as const] : []),
        ]}
      />
      <Button kind="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {t(shown ? 'me.identity.hide' : 'me.identity.show')}
      </Button>
    </Card>
  );
}

const masked = (text: string, head: number, tail: number): string =>
  `${text.slice(0, head)}${'•'.repeat(Math.max(0, text.length - head - tail))}${text.slice(-tail)}`;
