import { useState } from 'preact/hooks';
import { CONSOLE_ROLES, type ConsoleRole } from '../../../../domain/console.ts';
import { ApiProblem, api } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Card } from '../../../src/ui/card.tsx';
import { Choice } from '../../../src/ui/choice.tsx';
import { Field } from '../../../src/ui/field.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { at, withRecentLogin } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import type { NewInvitation } from '../../types.ts';
import { InvitationLink } from './invitation-link.tsx';

/** Somebody new: a name, a role, and the link to give them. */
export function Invite({ onInvited }: { onInvited: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<ConsoleRole>('member');
  const [invitation, setInvitation] = useState<NewInvitation | null>(null);
  const invite = useAction(async () => {
    setInvitation(
      await withRecentLogin(() => api.post<NewInvitation>(at('/users'), { name: name.trim(), role })),
    );
    setName('');
    onInvited();
  });
  const isRefused = invite.error instanceof ApiProblem && invite.error.code === 'validation-failed';
  return (
    <Card title={t('users.invite')}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          invite.run();
        }}
      >
        <Field
          label={t('users.name')}
          hint={t('users.name.hint')}
          error={isRefused ? t('users.name.needed') : undefined}
          value={name}
          onValue={setName}
          autoComplete="off"
        />
        <Choice
          legend={t('users.role')}
          options={CONSOLE_ROLES.toReversed().map((value) => ({
            value,
            label: t(`users.role.${value}`),
            hint: t(`users.role.${value}.hint`),
          }))}
          value={role}
          onChange={setRole}
        />
        {invite.error !== undefined && !isRefused && <ProblemBanner error={invite.error} />}
        <Button type="submit" busy={invite.busy}>
          {t('users.send')}
        </Button>
      </form>
      {invitation && <InvitationLink invitation={invitation} />}
    </Card>
  );
}
