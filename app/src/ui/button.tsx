import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { t } from '../i18n/core.ts';
import { Link } from '../router.ts';
import { classes } from './classes.ts';
import { Spinner } from './loading.tsx';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class' | 'disabled'> {
  kind?: ButtonKind;
  /** It is being done: still in its place and focusable, and does nothing. */
  busy?: boolean;
  disabled?: boolean;
  children: ComponentChildren;
}

/** Does something. One `primary` per screen. */
export function Button({
  kind = 'primary',
  busy = false,
  type = 'button',
  onClick,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy ? 'button' : type}
      class={classes('button', `button-${kind}`)}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
    >
      {busy && <Spinner />}
      <span>{children}</span>
      {busy && <span class="visually-hidden">{t('state.working')}</span>}
    </button>
  );
}

interface ButtonLinkProps {
  href: string;
  kind?: ButtonKind;
  replace?: boolean;
  children: ComponentChildren;
}

/** Goes somewhere, and looks like a button. */
export function ButtonLink({ kind = 'primary', children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} class={classes('button', `button-${kind}`)}>
      <span>{children}</span>
    </Link>
  );
}
