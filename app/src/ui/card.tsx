import type { ComponentChildren } from 'preact';
import { Link } from '../router.ts';

interface CardProps {
  /** A heading of level 2. */
  title?: ComponentChildren;
  children: ComponentChildren;
}

/** What belongs together. */
export function Card({ title, children }: CardProps) {
  return (
    <section class="card">
      {title !== undefined && <h2>{title}</h2>}
      {children}
    </section>
  );
}

interface LinkCardProps {
  href: string;
  title: ComponentChildren;
  children?: ComponentChildren;
}

/** A row that leads to a screen of its own. */
export function LinkCard({ href, title, children }: LinkCardProps) {
  return (
    <Link href={href} class="card card-link">
      <span class="card-link-text">
        <strong>{title}</strong>
        {children !== undefined && <span class="muted">{children}</span>}
      </span>
      <span class="chevron" aria-hidden="true" />
    </Link>
  );
}

/** Names and values. */
export function Facts({ items }: { items: readonly (readonly [ComponentChildren, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {items.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
