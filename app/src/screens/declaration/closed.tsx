import { useEffect } from 'preact/hooks';
import type { View } from '../../declaration/view.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { announce } from '../../ui/live.tsx';
import { Screen } from '../../ui/screen.tsx';
import type { Detailed } from './contract.ts';
import { WholeDeclaration } from './details.tsx';
import { MarkedText } from './marked-text.tsx';
import type { State } from './use-answer.ts';

interface ClosedProps {
  declaration: Detailed;
  view: Exclude<View, 'open'>;
  state: State;
}

/** Nothing to answer here: why, and what to do. An answer that was begun did not count, and that is said. */
export function Closed({ declaration, view, state }: ClosedProps) {
  const title = t(`closed.${view}.title`);
  useEffect(() => announce(title), [title]);
  const begun = 'words' in state && state.words !== null;
  const [before, after] = t(`closed.${view}.body`, { broker: '\u0000' }).split('\u0000');
  return (
    <Screen
      title={title}
      back={PATHS.inbox}
      actions={<ButtonLink href={PATHS.inbox}>{t('outcome.home')}</ButtonLink>}
    >
      {begun && <Banner kind="warn">{t('closed.dropped')}</Banner>}
      <p>
        {before}
        {after !== undefined && <MarkedText text={declaration.broker.name} />}
        {after}
      </p>
      <WholeDeclaration declaration={declaration} />
    </Screen>
  );
}
