import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The importers' app. `scripts/app/build.ts` adds where it goes, the build's id, and the service worker. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // The Content-Security-Policy knows no data: addresses but of images, and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
    emptyOutDir: true,
  },
});
