import { Link } from '../../src/router.ts';
import { Day, Time } from '../../src/ui/time.tsx';
import { t } from '../i18n/index.ts';
import { declarationPath } from '../paths.ts';
import type { Declaration } from '../types.ts';
import { Status } from './status.tsx';

/** Declarations in a list, each leading to its own screen. */
export function DeclarationRows({ items }: { items: readonly Declaration[] }) {
  return (
    <ul class="list">
      {items.map((declaration) => (
        <li key={declaration.declarationId} class="row">
          <Row {...declaration} />
        </li>
      ))}
    </ul>
  );
}

function Row({ declarationId, houseWaybill, importer, flight, importDate, status, updatedAt }: Declaration) {
  return (
    <>
      <p>
        <Link href={declarationPath(declarationId)} class="code">
          {houseWaybill ?? declarationId}
        </Link>{' '}
        <Status status={status} />
      </p>
      <p class="foreign">{importer?.name ?? t('list.purged')}</p>
      <p class="muted small">
        {flight !== undefined && importDate !== undefined && (
          <>
            {flight} · <Day day={importDate} /> ·{' '}
          </>
        )}
        {t('list.updated')} <Time at={updatedAt} />
      </p>
    </>
  );
}
