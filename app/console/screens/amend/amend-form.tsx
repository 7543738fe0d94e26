import { useEffect, useRef } from 'preact/hooks';
import type { Problem } from '../../../../domain/error-code.ts';
import { ApiProblem } from '../../../src/api/client.ts';
import { navigate } from '../../../src/router.ts';
import { Banner } from '../../../src/ui/banner.tsx';
import { Button } from '../../../src/ui/button.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { t } from '../../i18n/index.ts';
import { declarationPath } from '../../paths.ts';
import { fieldName, remedyOf } from '../../remedy.ts';
import type { Declaration } from '../../types.ts';
import { useWho } from '../../ui/signed-in.tsx';
import { Conflict } from './conflict.tsx';
import { FormFields, fieldId } from './fields.tsx';
import { type Form, fieldOf } from './form.ts';
import { useAmendment } from './use-amendment.ts';

interface AmendFormProps {
  declaration: Declaration;
  /** Asks for the version that is in force now. */
  reload: () => void;
}

export function AmendForm({ declaration, reload }: AmendFormProps) {
  const { declarationId } = declaration;
  const { user } = useWho();
  const amendment = useAmendment(user.userId, declaration, {
    sent: ({ proposed }) => {
      toast(t(proposed ? 'amend.sent' : 'amend.done'));
      navigate(declarationPath(declarationId));
    },
    conflict: reload,
  });
  const { form, version, change, send, problems } = amendment;
  // What the API says of the form outweighs what Customs said of the version.
  const shown = problems.length > 0 ? problems : (declaration.problems ?? []);
  if (version !== declaration.version) return <Conflict declaration={declaration} amendment={amendment} />;
  return (
    <form
      class="stack amend"
      onSubmit={(event) => {
        event.preventDefault();
        send.run();
      }}
    >
      {declaration.proposed && (
        <Banner kind="warn" title={t('proposed.title')}>
          {t('amend.proposed')}
        </Banner>
      )}
      <Summary form={form} problems={shown} fresh={problems} />
      <FormFields form={form} problems={shown} onChange={change} />
      <p class="muted">{t('amend.deadline')}</p>
      {problems.length === 0 && send.error !== undefined && <Failed error={send.error} retry={send.run} />}
      <Button type="submit" busy={send.busy}>
        {t('amend.send')}
      </Button>
    </form>
  );
}

/** Another change of the same version waits to be judged: the form stays as it is. */
function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  if (error instanceof ApiProblem && error.code === 'version-conflict')
    return (
      <Banner kind="warn" title={t('amend.pending.title')} alert>
        {t('amend.pending.body')}
      </Banner>
    );
  return <ProblemBanner error={error} retry={retry} prefix="amend.problem" />;
}

interface SummaryProps {
  form: Form;
  problems: readonly Problem[];
  /** Those that a try to send has just brought: they take the focus. */
  fresh: readonly Problem[];
}

/** Everything that is to be corrected, each leading to its field. */
function Summary({ form, problems, fresh }: SummaryProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (fresh.length > 0) heading.current?.focus();
  }, [fresh]);
  if (problems.length === 0) return null;
  return (
    <section class="card summary">
      <h2 ref={heading} tabIndex={-1}>
        {t('amend.summary', { n: problems.length })}
      </h2>
      <ul>
        {problems.map((problem) => {
          const field = fieldOf(form, problem);
          const name = fieldName(problem.pointer);
          return (
            <li key={`${problem.pointer} ${problem.code}`}>
              {field === null ? <strong>{name}</strong> : <FieldLink id={fieldId(field)} name={name} />}
              {': '}
              <span class="foreign">{remedyOf(problem)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function FieldLink({ id, name }: { id: string; name: string }) {
  const go = (event: MouseEvent) => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  };
  return (
    <a href={`#${id}`} onClick={go}>
      {name}
    </a>
  );
}
