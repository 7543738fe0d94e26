import { PATHS } from '../../paths.ts';
import type { Route } from '../../route.ts';
import { History } from '../history/history.tsx';
import { ReceiptScreen } from '../history/receipt.tsx';
import { Inbox } from '../inbox/inbox.tsx';
import { DeclarationScreen } from './declaration.tsx';

/** What waits for the person, one declaration with its answers, and what was answered. */
export const declarationRoutes: readonly Route[] = [
  { path: PATHS.inbox, screen: () => <Inbox /> },
  { path: PATHS.declaration, screen: ({ id = '' }) => <DeclarationScreen id={id} /> },
  { path: PATHS.history, screen: () => <History /> },
  { path: PATHS.receipt, screen: ({ id = '' }) => <ReceiptScreen id={id} /> },
];
