/** Put in by the build (scripts/app/build.ts). */

/** Content hash of everything that the app is made of; travels with every answer that is signed. */
declare const __BUILD__: string;
/** Addresses that the service worker keeps: the shell and its assets. */
declare const __SHELL__: readonly string[];

declare module '*.css';
