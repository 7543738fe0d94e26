#!/usr/bin/env node
// What `npx consentry-verify` runs: the TypeScript as it is.
import { register } from 'tsx/esm/api';

register();
await import('../scripts/verify.ts');
