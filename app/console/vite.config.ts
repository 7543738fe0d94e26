import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vite';
import importers from '../vite.config.ts';

/** A broker's console: built as the importers' app is, into a bundle of its own, so that neither grows by the other. */
export default mergeConfig(importers, {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  publicDir: false,
});
