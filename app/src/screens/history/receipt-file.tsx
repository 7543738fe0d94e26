import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { toast } from '../../ui/live.tsx';
import { saveFile } from '../../ui/save-file.ts';
import type { Detailed } from '../declaration/contract.ts';

/** RFC 7515 §9.2.1: a JWS in its compact form. */
const MEDIA_TYPE = 'application/jose';

/** The receipt as a file, for whoever has to be shown it. */
export function ReceiptFile({ declaration, jws }: { declaration: Detailed; jws: string }) {
  const name = `consentry-${declaration.houseWaybill.replace(/[^A-Z0-9-]/g, '-')}-v${declaration.version}.jws`;
  // Phones share text files where they would refuse an unknown kind.
  const file = new File([jws], `${name}.txt`, { type: 'text/plain' });
  const shareable = navigator.canShare?.({ files: [file] }) === true;
  return (
    <Card>
      <p>{t('receipt.explain')}</p>
      <Button kind="secondary" onClick={() => save(name, jws)}>
        {t('receipt.download')}
      </Button>
      {shareable && (
        <Button kind="quiet" onClick={() => share(file)}>
          {t('receipt.share')}
        </Button>
      )}
    </Card>
  );
}

function save(name: string, jws: string): void {
  saveFile(name, new Blob([jws], { type: MEDIA_TYPE }));
  toast(t('receipt.saved'));
}

/** Whoever closes the phone's dialog has shared nothing, and that is well. */
const share = (file: File): void => void navigator.share({ files: [file] }).catch(() => undefined);
