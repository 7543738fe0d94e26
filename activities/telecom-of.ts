import type { TelecomGateway } from '../gateways/camara.ts';
import { GatewayUnavailable } from '../gateways/http.ts';

/** The telecom operators by name. */
export type Telecoms = ReadonlyMap<string, TelecomGateway>;

/** The operator of that name. One that is configured no more is waited for like one that is down. */
export function telecomOf(telecoms: Telecoms, operator: string): TelecomGateway {
  const telecom = telecoms.get(operator);
  if (!telecom) throw new GatewayUnavailable(`operator ${operator}`, 'network');
  return telecom;
}
