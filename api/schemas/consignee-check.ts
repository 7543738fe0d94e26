/** Body and answer of `/v1/consignee-checks`. */
import { z } from 'zod';
import { contentShape } from '../../domain/declaration-schema.ts';

export const consigneeCheck = contentShape.importer.meta({
  example: { phone: '0912-345-678', name: '王小明' },
});

export const consigneeCheckAnswer = z.object({ result: z.enum(['match', 'no-match']) });
