import { api } from '../../api/client.ts';
import type { Identity } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { formatMoment } from '../../ui/format.ts';
import { toast } from '../../ui/live.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

interface WarningProps {
  change: NonNullable<Identity['phoneChange']>;
  onChanged: () => void;
}

/** Somebody without a passkey wants this identity on another number: its person has until then to refuse. */
export function PhoneChangeWarning({ change: { requestedAt, effectiveAt }, onChanged }: WarningProps) {
  const refuse = useAction(async () => {
    await api.post('/app/identity/phone-change/refusal');
    toast(t('me.change.refused'));
    onChanged();
  });
  const moments = { requested: formatMoment(requestedAt), effective: formatMoment(effectiveAt) };
  return (
    <>
      <Banner kind="danger" title={t('me.change.title')}>
        {t('me.change.body', moments)}
      </Banner>
      {refuse.error !== undefined && <ProblemBanner error={refuse.error} />}
      <Button kind="danger" onClick={refuse.run} busy={refuse.busy}>
        {t('me.change.refuse')}
      </Button>
    </>
  );
}
