/** KYC Match 0.4: each attribute that is asked compared with what the operator holds. */
import { normaliseIdentityNumber } from '../../domain/identity-number.ts';
import { foldName } from '../../domain/name.ts';
import { CamaraError } from './camara-error.ts';
import type { Subscriber } from './subscribers.ts';

export type MatchResult = 'true' | 'false' | 'not_available';

const HELD_NAMES = { name: 'name', birthdate: 'birthDate' } as const;
/** Attributes of the definition that this operator holds of nobody. */
const NEVER_HELD = [
  'givenName',
  'familyName',
  'nameKanaHankaku',
  'nameKanaZenkaku',
  'middleNames',
  'familyNameAtBirth',
  'address',
  'streetName',
  'streetNumber',
  'postalCode',
  'region',
  'locality',
  'country',
  'houseNumberExtension',
  'email',
  'gender',
] as const;
export const ATTRIBUTES = ['name', 'birthdate', ...NEVER_HELD] as const;
export const DOCUMENT_TYPES = [
  'passport',
  'national_id_card',
  'residence_permit',
  'diplomatic_id',
  'driver_licence',
  'social_security_id',
  'other',
] as const;

export type MatchRequest = {
  idDocument?: string | undefined;
  idDocumentType?: (typeof DOCUMENT_TYPES)[number] | undefined;
} & { [attribute in (typeof ATTRIBUTES)[number]]?: string | undefined };

/** Throws the 400s and 403s of KYC Match's own table. Answers nothing but what was asked. */
export function match(subscriber: Subscriber, asked: MatchRequest): Record<string, MatchResult | number> {
  const attributes = ATTRIBUTES.filter((attribute) => asked[attribute] !== undefined);
  checkCombination(asked, attributes.length);
  if (asked.idDocument === undefined && subscriber.kycMode === '403')
    throw new CamaraError(403, 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED', 'idDocument is required.');
  const idDocumentMatch = matchDocument(subscriber, asked);
  if (idDocumentMatch === 'false' && subscriber.kycMode === '403')
    throw new CamaraError(403, 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH', 'idDocument does not match.');
  return Object.assign(
    idDocumentMatch === undefined ? {} : { idDocumentMatch },
    ...attributes.map((attribute) => matchAttribute(subscriber, attribute, asked[attribute] ?? '')),
  );
}

function checkCombination({ idDocument, idDocumentType }: MatchRequest, attributes: number): void {
  if (idDocumentType !== undefined && idDocument === undefined)
    throw new CamaraError(
      400,
      'KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION',
      'idDocumentType needs idDocument.',
    );
  if (idDocument === undefined && attributes === 0)
    throw new CamaraError(400, 'INVALID_ARGUMENT', 'Nothing to match.');
}

function matchDocument(
  { idNumber, idType }: Subscriber,
  { idDocument, idDocumentType }: MatchRequest,
): MatchResult | undefined {
  if (idDocument === undefined) return undefined;
  if (idNumber === undefined) return 'not_available';
  const sameType = idDocumentType === undefined || idType === undefined || idDocumentType === idType;
  return sameType && normaliseIdentityNumber(idDocument) === normaliseIdentityNumber(idNumber)
    ? 'true'
    : 'false';
}

/** Width, spaces and case do not tell names apart at an operator; a score says how near a different one is. */
function matchAttribute(
  subscriber: Subscriber,
  attribute: (typeof ATTRIBUTES)[number],
  asked: string,
): Record<string, MatchResult | number> {
  const held =
    attribute in HELD_NAMES ? subscriber[HELD_NAMES[attribute as keyof typeof HELD_NAMES]] : undefined;
  if (held === undefined) return { [`${attribute}Match`]: 'not_available' };
  const [left, right] = [foldName(held), foldName(asked)];
  if (left === right) return { [`${attribute}Match`]: 'true' };
  const score = attribute === 'name' ? { nameMatchScore: similarity(left, right) } : {};
  return { [`${attribute}Match`]: 'false', ...score };
}

/** 0 to 99: the share of characters that both have, by Dice's coefficient. */
export function similarity(left: string, right: string): number {
  const rest = [...right];
  const common = [...left].filter((character) => {
    const index = rest.indexOf(character);
    if (index >= 0) rest.splice(index, 1);
    return index >= 0;
  });
  return Math.min(99, Math.round((200 * common.length) / ([...left].length + [...right].length || 1)));
}
