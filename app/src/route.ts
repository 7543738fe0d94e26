import type { VNode } from 'preact';

/** A screen at an address; `path` is one of `PATHS`, `params` what its `:parts` stand for. */
export interface Route {
  path: string;
  screen: (params: Record<string, string>) => VNode;
}
