/** Everybody and everything on the stage. */
import { join } from 'node:path';
import { poaWorkflowId, registrationWorkflowId } from '../../domain/ids.ts';
import type { Handset } from '../../sandbox/handset/handset.ts';
import type { Endpoints } from '../up/endpoints.ts';
import type { Broker, Subscription } from './parties.ts';
import type { Story } from './story.ts';

/** Subscriber of the sandbox's operator (sandbox/telecom/README.md); nobody real. */
export const IMPORTER = {
  phone: '+886912345678',
  idNumber: 'A123456789',
  name: '王小明',
  birthDate: '1990-01-01',
  operator: 'sandbox',
};

export interface Stage {
  endpoints: Endpoints;
  story: Story;
  handset: Handset;
}

/** Once the importer is registered. */
export interface PoaStage extends Stage {
  broker: Broker;
  subscription: Subscription;
}

export const registrationLink = (endpoints: Endpoints, registrationId: string): string | undefined =>
  workflowLink(endpoints, registrationWorkflowId(registrationId));
export const poaLink = (endpoints: Endpoints, declarationId: string): string | undefined =>
  workflowLink(endpoints, poaWorkflowId(declarationId));

/** The Web UI comes with the embedded Temporal, which has one namespace. */
const workflowLink = ({ temporalUi }: Endpoints, workflowId: string): string | undefined =>
  temporalUi && `${temporalUi}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;

/** Where `npm run handset` looks for the importer's phone. */
export const handsetFile = (dataDirectory: string): string =>
  join(dataDirectory, `handset-${IMPORTER.phone}.json`);
