import { z } from 'zod';

/** A size or an index of the tree. */
const count = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/)
  .transform(Number)
  .refine(Number.isSafeInteger, 'is too large')
  .meta({ type: 'integer', minimum: 0 });

const hash = z
  .string()
  .meta({ description: 'SHA-256, base64', example: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' });
const size = z.int().min(0);
const proof = z.array(hash).meta({ description: 'RFC 9162 §2.1.3 and §2.1.4, the lowest first' });

/** What follows `/log/tile/`: `<level>/<index>`, `entries/<index>`, with `.p/<width>` (C2SP tlog-tiles). */
export const tileParams = z.object({
  path: z.string().meta({
    description: 'Level, or `entries`, and index as C2SP tlog-tiles writes them; it has several segments',
    example: '0/x001/234.p/17',
  }),
});

export const inclusionQuery = z.strictObject({ leafIndex: count, treeSize: count.optional() });
export const inclusionAnswer = z
  .object({ leafIndex: size, treeSize: size, leafHash: hash, rootHash: hash, proof })
  .meta({ id: 'InclusionProof' });

export const consistencyQuery = z.strictObject({ from: count, to: count.optional() });
export const consistencyAnswer = z
  .object({ from: size, to: size, fromRoot: hash, toRoot: hash, proof })
  .meta({ id: 'ConsistencyProof' });

export const logKeys = z
  .object({
    origin: z.string(),
    verifierKey: z.string().meta({ description: 'C2SP signed-note, Verifier keys' }),
    witnesses: z.array(z.string()).meta({ description: 'Verifier keys of those who may cosign' }),
  })
  .meta({ id: 'LogKeys' });

export const cosignatureBody = z
  .strictObject({
    checkpoint: z.string().max(10_000).meta({
      description: "A checkpoint of this log with the witness's signature line (C2SP tlog-cosignature)",
    }),
  })
  .meta({ id: 'NewCosignature' });
export const cosignatureAnswer = z
  .object({ treeSize: size, witnesses: z.array(z.string()) })
  .meta({ id: 'Cosignature' });
