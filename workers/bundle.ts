import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Logger } from 'pino';

export const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const CONVERTER_PATH = fileURLToPath(new URL('../workflows/payload-converter.ts', import.meta.url));

/** The workflows as one script. Production makes it when the image is built (`npm run bundle`) and only loads it. */
export const bundleWorkflows = (log?: Logger): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    payloadConverterPath: CONVERTER_PATH,
    ...(log && {
      logger: {
        log: () => {},
        trace: () => {},
        debug: () => {},
        info: () => {},
        warn: (message: string) => log.warn(message),
        error: (message: string) => log.error(message),
      },
    }),
  });
