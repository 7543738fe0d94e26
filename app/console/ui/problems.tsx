import { t } from '../i18n/index.ts';
import { fieldName, remedyOf } from '../remedy.ts';
import { textAt } from '../screens/amend/form.ts';
import type { Declaration } from '../types.ts';

/** What is to be corrected: which field, what was declared there, and what to do about it. */
export function Problems({ declaration }: { declaration: Declaration }) {
  const { problems = [] } = declaration;
  if (problems.length === 0) return <p>{t('problems.none')}</p>;
  return (
    <ul class="problems">
      {problems.map((problem) => {
        const declared = textAt(declaration, problem.pointer);
        return (
          <li key={`${problem.pointer} ${problem.code}`}>
            <strong>{fieldName(problem.pointer)}</strong>
            {declared !== '' && (
              <p class="muted">
                {t('problems.yours')}: <span class="foreign">{declared}</span>
              </p>
            )}
            <p class="foreign">{remedyOf(problem)}</p>
          </li>
        );
      })}
    </ul>
  );
}
