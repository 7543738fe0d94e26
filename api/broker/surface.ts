import type { RouteMeta } from '../route.ts';

/** Where a broker's resources are offered: to its systems, and in its console to its people. The same routes serve both. */
export interface Surface extends Pick<RouteMeta, 'tags' | 'security'> {
  prefix: string;
}

export const V1: Surface = { prefix: '/v1', tags: ['brokers'], security: 'broker' };
export const CONSOLE: Surface = { prefix: '/console/api', tags: ['console'], security: 'console' };
