import { Banner } from '../../../src/ui/banner.tsx';
import { Button } from '../../../src/ui/button.tsx';
import { Field } from '../../../src/ui/field.tsx';
import { formatMoment } from '../../../src/ui/format.ts';
import { toast } from '../../../src/ui/live.tsx';
import { t } from '../../i18n/index.ts';
import type { NewInvitation } from '../../types.ts';

/** A link that is shown this once, to be handed to one person. */
export function InvitationLink({ invitation: { invitationUrl, expiresAt } }: { invitation: NewInvitation }) {
  const copy = () => {
    // Where the browser does not let us, the field is there to copy from.
    navigator.clipboard?.writeText(invitationUrl).then(
      () => toast(t('users.link.copied')),
      () => undefined,
    );
  };
  return (
    <>
      <Banner kind="success" title={t('users.link.title')} alert>
        {t('users.link.body', { until: formatMoment(expiresAt) })}
      </Banner>
      <Field label={t('users.link.label')} value={invitationUrl} onValue={() => {}} spellcheck={false} />
      <Button kind="secondary" onClick={copy}>
        {t('users.link.copy')}
      </Button>
    </>
  );
}
