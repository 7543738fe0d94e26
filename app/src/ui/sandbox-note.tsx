import { useSettings } from '../api/settings.ts';
import { t } from '../i18n/core.ts';
import { Banner } from './banner.tsx';

/** Says that all of it is simulated, and where the other parties' pages are; nothing where it is not. */
export function SandboxNote() {
  const sandbox = useSettings()?.sandbox;
  if (!sandbox) return null;
  const pages = [
    [sandbox.telecomUrl, t('sandbox.telecom')],
    [sandbox.customsUrl, t('sandbox.customs')],
    [sandbox.messagesUrl, t('sandbox.messages')],
  ] as const;
  return (
    <Banner kind="warn" title={t('sandbox.title')}>
      <p>{t('sandbox.body')}</p>
      <ul class="links">
        {pages.map(([href, label]) => (
          <li key={href}>
            <a href={href} target="_blank" rel="noreferrer">
              {label}
            </a>
          </li>
        ))}
      </ul>
    </Banner>
  );
}
