/** Client of the SMS service. */
import { type CallOptions, callJson, GatewayUnavailable, isSuccess } from './http.ts';

export interface SmsGateway {
  /** `to` in E.164. Throws `GatewayUnavailable` unless the service took the message. */
  send(to: string, text: string, options: CallOptions): Promise<void>;
}

const COUNTERPART = 'SMS service';

/** `url`: base address of the service. */
export function createSmsGateway({ url, token }: { url: string; token: string }): SmsGateway {
  return {
    async send(to, text, options) {
      const answer = await callJson(
        COUNTERPART,
        {
          method: 'POST',
          url: `${url.replace(/\/+$/, '')}/sms`,
          headers: { authorization: `Bearer ${token}`, 'idempotency-key': options.idempotencyKey },
          body: JSON.stringify({ to, text }),
        },
        options,
      );
      if (!isSuccess(answer)) throw new GatewayUnavailable(COUNTERPART, 'status', answer.status);
    },
  };
}
