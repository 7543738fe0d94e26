import { useState } from 'preact/hooks';
import { NOTE_MAX_LENGTH } from '../../../../domain/limits.ts';
import { lengthInCharacters } from '../../../../domain/text.ts';
import { api } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { cleanNote } from '../../declaration/note.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextArea } from '../../ui/field.tsx';
import { formatMoment } from '../../ui/format.ts';
import { ProblemBanner } from '../../ui/problem.tsx';

interface Case {
  caseId: string;
  openedAt: string;
}

/** "That was not me", after a confirmation: says what it does before it does it. Again is the same case. */
export function Report({ declarationId, onReported }: { declarationId: string; onReported: () => void }) {
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const [opened, setOpened] = useState<Case | null>(null);
  const over = lengthInCharacters(note.trim()) - NOTE_MAX_LENGTH;
  const report = useAction(async () => {
    if (over > 0) return;
    const said = note.trim();
    setOpened(
      await api.post<Case>(`/app/declarations/${declarationId}/report`, said === '' ? {} : { note: said }),
    );
    setOpen(false);
    onReported();
  });
  if (opened) {
    return (
      <Banner kind="success" title={t('report.done.title')} alert>
        {t('report.done.body', { moment: formatMoment(opened.openedAt), caseId: opened.caseId })}
      </Banner>
    );
  }
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)}>
        {t('report.open')}
      </Button>
      <Dialog
        open={open}
        title={t('report.title')}
        onClose={() => setOpen(false)}
        actions={
          <>
            <Button kind="danger" onClick={report.run} busy={report.busy}>
              {t('report.send')}
            </Button>
            <Button kind="secondary" onClick={() => setOpen(false)}>
              {t('action.cancel')}
            </Button>
          </>
        }
      >
        {report.error !== undefined && <ProblemBanner error={report.error} />}
        <p>{t('report.intro')}</p>
        <ul class="consequences">
          <li>{t('report.case')}</li>
          <li>{t('report.rewrites-nothing')}</li>
        </ul>
        <TextArea
          label={t('report.note')}
          rows={3}
          value={note}
          onValue={(value) => setNote(cleanNote(value))}
          error={over > 0 ? t('decline.note.over', { n: over }) : undefined}
        />
      </Dialog>
    </>
  );
}
