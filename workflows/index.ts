/** What the worker bundles; the names are those of `domain/messages.ts`. */
export { customsNotice } from './customs-notice.ts';
export { manifest } from './manifest.ts';
export { poa } from './poa.ts';
export { reconciliation } from './reconciliation.ts';
export { registration } from './registration.ts';
export { retention } from './retention.ts';
