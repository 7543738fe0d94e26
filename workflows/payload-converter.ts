import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * The default converter, but bytes that cannot be read become `undefined`. A signal stays in history whatever it holds:
 * with the default one, a single unreadable signal from whoever reaches the Temporal port would fail every further task
 * of its workflow. Handlers drop what is no message of theirs.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload(payload) {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return undefined as never;
    }
  },
};
