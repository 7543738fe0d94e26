import { useRef, useState } from 'preact/hooks';
import { CANCELLATION_REASONS, type CancellationReason } from '../../../../domain/outcome.ts';
import { api } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Choice } from '../../../src/ui/choice.tsx';
import { Dialog } from '../../../src/ui/dialog.tsx';
import { TextArea } from '../../../src/ui/field.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { at, newKey } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import type { Declaration } from '../../types.ts';

/** Takes a declaration back: asks first, and why. */
export function Cancel({ declarationId, onDone }: { declarationId: string; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState<CancellationReason>();
  const [isAsked, setAsked] = useState(false);
  const [note, setNote] = useState('');
  const sent = useRef({ text: '', key: '' });
  const close = () => setOpen(false);
  const cancel = useAction(async () => {
    if (!reason) return setAsked(true);
    const body = { reason, ...(note.trim() !== '' && { note: note.trim() }) };
    const text = JSON.stringify(body);
    // Sent again after a break it is the same request.
    if (sent.current.text !== text) sent.current = { text, key: newKey() };
    const headers = { 'idempotency-key': sent.current.key };
    const path = at(`/declarations/${declarationId}/cancellation`);
    const { proposed } = await api.post<Declaration>(path, body, { headers });
    toast(t(proposed ? 'cancel.sent' : 'cancel.done'));
    close();
    onDone();
  });
  return (
    <>
      <Button kind="secondary" onClick={() => setOpen(true)}>
        {t('act.cancel')}
      </Button>
      <Dialog
        open={open}
        title={t('cancel.title')}
        onClose={close}
        actions={
          <>
            <Button kind="danger" onClick={cancel.run} busy={cancel.busy}>
              {t('act.cancel')}
            </Button>
            <Button kind="secondary" onClick={close}>
              {t('cancel.keep')}
            </Button>
          </>
        }
      >
        <p>{t('cancel.body')}</p>
        <Choice
          legend={t('cancel.reason')}
          options={CANCELLATION_REASONS.map((value) => ({ value, label: t(`cancel.reason.${value}`) }))}
          value={reason}
          onChange={setReason}
          error={isAsked && !reason ? t('cancel.reason.needed') : undefined}
        />
        <TextArea
          label={t('cancel.note')}
          hint={t('cancel.note.hint')}
          value={note}
          onValue={setNote}
          rows={2}
        />
        {cancel.error !== undefined && (
          <ProblemBanner error={cancel.error} retry={cancel.run} prefix="cancel.problem" />
        )}
      </Dialog>
    </>
  );
}
