import { useResource } from '../../../src/api/use-resource.ts';
import { LinkCard } from '../../../src/ui/card.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { userPath } from '../../paths.ts';
import type { Users as Answered, User } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { useWho } from '../../ui/signed-in.tsx';
import { Invite } from './invite.tsx';

/** Who uses this console, and inviting more. */
export function Users() {
  const users = useResource<Answered>(at('/users'));
  const { user } = useWho();
  return (
    <Page title={t('users.title')}>
      <Loaded resource={users}>
        {({ items }) => (
          <ul class="cards">
            {items.map((one) => (
              <li key={one.userId}>
                <LinkCard href={userPath(one.userId)} title={<span class="foreign">{nameOf(one)}</span>}>
                  {[t(`users.role.${one.role}`), stateOf(one), one.userId === user.userId && t('users.you')]
                    .filter(Boolean)
                    .join(' · ')}
                </LinkCard>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <Invite onInvited={users.reload} />
    </Page>
  );
}

export const nameOf = ({ name }: User): string => name ?? t('users.unnamed');

export const stateOf = ({ state, invitationExpiresAt }: User): string =>
  t(`users.state.${state === 'invited' && invitationExpiresAt === undefined ? 'lapsed' : state}`);
