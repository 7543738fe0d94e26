import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export type BannerKind = 'info' | 'warn' | 'danger' | 'success';

const ICONS: Readonly<Record<BannerKind, IconName>> = {
  info: 'info',
  warn: 'warn',
  danger: 'danger',
  success: 'check',
};

interface BannerProps {
  kind?: BannerKind;
  title?: ComponentChildren;
  children?: ComponentChildren;
  /** It appears because of what the person did: screen readers tell it at once. */
  alert?: boolean;
}

/** Something to know before going on; colour is never the only sign. */
export function Banner({ kind = 'info', title, children, alert = false }: BannerProps) {
  return (
    <div class={`banner banner-${kind}`} role={alert ? 'alert' : undefined}>
      <Icon name={ICONS[kind]} />
      <div class="banner-text">
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
    </div>
  );
}
