/** What the API takes and answers: the types of its own schemas, without the schemas. */
import type { z } from 'zod';
import type {
  decisionAnswer,
  decisionBody,
  decisionKept,
  decisionOptionsBody,
  identityAnswer,
  noticeAnswer,
  pushKeyAnswer,
  shownDeclaration,
  shownList,
} from '../../../api/schemas/importer.ts';
import type { devicesAnswer, dutyFreeAnswer, lookupsAnswer } from '../../../api/schemas/importer-own.ts';
import type { sessionAnswer, settingsAnswer } from '../../../api/schemas/importer-settings.ts';
import type {
  authorizationAnswer,
  registrationAnswer,
  registrationRequestSchema,
  registrationStatusAnswer,
} from '../../../api/schemas/registration.ts';

export type Settings = z.output<typeof settingsAnswer>;
export type Session = z.output<typeof sessionAnswer>;
export type Devices = z.output<typeof devicesAnswer>;
export type DutyFree = z.output<typeof dutyFreeAnswer>;
export type LookupList = z.output<typeof lookupsAnswer>;
export type Lookup = LookupList['items'][number];
export type Notice = z.output<typeof noticeAnswer>;
export type Identity = z.output<typeof identityAnswer>;
export type Declaration = z.output<typeof shownDeclaration>;
export type DeclarationList = z.output<typeof shownList>;
export type DecisionOptionsBody = z.input<typeof decisionOptionsBody>;
export type DecisionBody = z.input<typeof decisionBody>;
export type DecisionAnswer = z.output<typeof decisionAnswer> | z.output<typeof decisionKept>;
export type PushKey = z.output<typeof pushKeyAnswer>;

export type RegistrationRequest = z.input<ReturnType<typeof registrationRequestSchema>>;
export type RegistrationCreated = z.output<typeof registrationAnswer>;
export type Authorization = z.output<typeof authorizationAnswer>;
export type RegistrationStatus = z.output<typeof registrationStatusAnswer>;
