/** What one declaration's own screens are told: the types of the API's schemas, without the schemas. */
import type { z } from 'zod';
import type { poaAnswer } from '../../../../api/schemas/declaration.ts';
import type { detailedDeclaration } from '../../../../api/schemas/importer.ts';

export type Detailed = z.output<typeof detailedDeclaration>;
/** `receipt`: a JWS (RFC 7515) in its compact form; not there where an operator took over what Customs holds. */
export type Receipt = z.output<typeof poaAnswer>;
