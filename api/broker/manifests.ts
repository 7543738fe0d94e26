/** `/v1/manifests` and `/v1/corrections`: a flight's declarations, or amendments of some, in one upload, each line answered on its own. */
import type { Request, RequestHandler } from 'express';
import { v7 as uuidv7 } from 'uuid';
import {
  type LineView,
  listLines,
  listManifests,
  type ManifestView,
  readManifest,
} from '../../db/manifests/view.ts';
import { jcs } from '../../domain/canonical.ts';
import type { ColumnMap } from '../../domain/csv-columns.ts';
import { submissionSchema } from '../../domain/declaration-schema.ts';
import { LINE_MAX_BYTES } from '../../domain/limits.ts';
import type { ManifestKind } from '../../domain/manifest.ts';
import { normalisePhone } from '../../domain/phone.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, problemBody } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { encodeCursor, LIST_LIMIT_DEFAULT } from '../schemas/declaration.ts';
import {
  encodeLineCursor,
  lineListAnswer,
  lineListQuery,
  manifestAnswer,
  manifestListAnswer,
  manifestListQuery,
  manifestParams,
  manifestReceived,
  uploadQuery,
} from '../schemas/manifest.ts';
import { brokerOf } from './auth.ts';
import { noDeclaration } from './declarations.ts';
import { keyOf, requireKey } from './idempotency.ts';
import { checkCorrection, checkDeclaration, parseLine } from './manifests/check-line.ts';
import { declarationsOf } from './manifests/csv.ts';
import { type Asked, type Entry, type Manifest, receive } from './manifests/receive.ts';
import { splitLines } from './manifests/split-lines.ts';
import { checkHeaders, chunksOf, createPlaces, drain } from './manifests/upload.ts';
import { type Surface, V1 } from './surface.ts';

const MANIFESTS_PATH = '/v1/manifests';
const CORRECTIONS_PATH = '/v1/corrections';

/** Bodies of these paths are read as they come. */
export const UPLOAD_PATHS = [MANIFESTS_PATH, CORRECTIONS_PATH] as const;

const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const UPLOAD = [NDJSON, CSV] as const;

const ROW =
  '29712345675,HAWB0001,B-000123,CI0006,2026-11-24,王小明,0912-345-678,running shoes,2,PCE,35.50,USD,1,1.850';
const HEADING =
  'masterWaybill,houseWaybill,functionalReference,flight,importDate,importer.name,importer.phone,goods.description,goods.quantity,goods.unit,goods.price,goods.currency,packages,grossMassKg';
const LINE = JSON.stringify(submissionSchema.meta()?.example);

export function addBrokerManifests(routes: Routes, deps: ApiDeps): void {
  const within = createPlaces();
  const addUpload = uploads(routes, deps, within);
  addUpload(MANIFESTS_PATH, 'Declare many shipments, one a line; each is answered on its own', {
    kind: 'declarations',
    examples: { [NDJSON]: `${LINE}\n`, [CSV]: `${HEADING}\n${ROW}\n` },
    askFor: (value) => askForDeclaration(deps, value),
  });
  addUpload(CORRECTIONS_PATH, 'Amend many declarations, one a line; each is answered on its own', {
    kind: 'corrections',
    examples: {
      [NDJSON]: `{"version":1,${LINE.slice(1)}\n`,
      [CSV]: `version,${HEADING}\n1,${ROW}\n`,
    },
    askFor: (value) => askForAmendment(deps, value),
  });
}

/** What an upload is of, and what a line of it asks for. */
interface Uploaded {
  kind: ManifestKind;
  /** By media type. */
  examples: Readonly<Record<string, string>>;
  askFor(value: unknown): Asked;
}

const uploads =
  (routes: Routes, deps: ApiDeps, within: ReturnType<typeof createPlaces>) =>
  (path: string, summary: string, { kind, examples, askFor }: Uploaded): void => {
    const { prefix: _, ...about } = V1;
    createRoute(routes)(
      'post',
      path,
      { ...about, summary, problems: ['idempotency-key-required', 'idempotency-key-reused'] },
      { query: uploadQuery, upload: examples, answers: { 202: manifestReceived } },
      requireKey,
      checkUpload,
    )(async ({ req, query }) => {
      const { brokerId, boxNumber } = brokerOf(req);
      const manifest = {
        brokerId,
        kind,
        idempotencyKey: keyOf(req) ?? '',
        chunks: chunksOf(req),
        ...readingOf(req, query, askFor),
      };
      const manifestId = await within(brokerId, () => receive(deps, manifest)).catch((error) => {
        drain(req);
        throw error;
      });
      await start(deps, manifestId, boxNumber);
      return { status: 202, body: { manifestId }, headers: { location: `${MANIFESTS_PATH}/${manifestId}` } };
    });
  };

/** How the body is taken apart. */
function readingOf(
  req: Request,
  { columns, delimiter }: { columns?: ColumnMap | undefined; delimiter?: string | undefined },
  askFor: Uploaded['askFor'],
): Pick<Manifest, 'reading' | 'entriesOf'> {
  if (req.is(CSV)) {
    const csv = { columns: columns ?? {}, delimiter: delimiter ?? ',' };
    return {
      reading: `${CSV} ${jcs(csv)}`,
      entriesOf: (chunks) => declarationsOf(chunks, csv, askFor),
    };
  }
  if (columns ?? delimiter) {
    throw new HttpProblem('malformed-request', '`columns` and `delimiter` are of CSV: send text/csv.');
  }
  return { reading: NDJSON, entriesOf: (chunks) => linesOf(chunks, askFor) };
}

/** A broker's manifests, to be looked at. */
export function addManifestReads(routes: Routes, deps: ApiDeps, { prefix, ...about }: Surface = V1): void {
  const route = createRoute(routes);
  const path = `${prefix}/manifests`;

  route(
    'get',
    path,
    { ...about, summary: 'Manifests, newest first' },
    { query: manifestListQuery, answers: { 200: manifestListAnswer } },
  )(async ({ query: { cursor, limit = LIST_LIMIT_DEFAULT }, req }) => {
    const { items, more } = await listManifests(deps.db, brokerOf(req).brokerId, { limit, before: cursor });
    const last = items.at(-1);
    const nextCursor = more && last ? encodeCursor(last.manifestId) : null;
    return { status: 200, body: { items: items.map(presented), nextCursor } };
  });

  route(
    'get',
    `${path}/:manifestId`,
    { ...about, summary: 'How far a manifest is, and how its declarations stand' },
    { params: manifestParams, answers: { 200: manifestAnswer } },
  )(async ({ params: { manifestId }, req }) => {
    const manifest = await readManifest(deps.db, brokerOf(req).brokerId, manifestId);
    if (!manifest) throw noDeclaration();
    return { status: 200, body: presented(manifest) };
  });

  route(
    'get',
    `${path}/:manifestId/lines`,
    { ...about, summary: 'What became of each line, in their order' },
    { params: manifestParams, query: lineListQuery, answers: { 200: lineListAnswer } },
  )(async ({ params: { manifestId }, query: { result, cursor, limit = LIST_LIMIT_DEFAULT }, req }) => {
    const page = { result, after: cursor, limit };
    const lines = await listLines(deps.db, brokerOf(req).brokerId, manifestId, page);
    if (!lines) throw noDeclaration();
    const last = lines.items.at(-1);
    const nextCursor = lines.more && last ? encodeLineCursor(last.line) : null;
    return {
      status: 200,
      body: { items: lines.items.map((line) => presentedLine(`${path}/${manifestId}`, line)), nextCursor },
    };
  });
}

const checkUpload: RequestHandler = (req, _res, next) => {
  checkHeaders(req, UPLOAD);
  next();
};

/** Each line of NDJSON. */
async function* linesOf(chunks: AsyncIterable<Buffer>, askFor: Uploaded['askFor']): AsyncGenerator<Entry> {
  for await (const { line, bytes } of splitLines(chunks, LINE_MAX_BYTES)) {
    yield { line, bytes: bytes ?? Buffer.alloc(0), ask: () => askFor(parseLine(bytes)) };
  }
}

/** A declaration to be made, checked as a single one is. */
function askForDeclaration({ db, settings }: ApiDeps, value: unknown): Asked {
  const declaration = checkDeclaration(value, settings.defaultOrder);
  const { masterWaybill, houseWaybill, importer } = declaration.submitted;
  const phoneIndex = phoneIndexOf(db, importer.phone);
  return { declarationId: uuidv7(), masterWaybill, houseWaybill, phoneIndex, sent: declaration };
}

/** An amendment to be made; of which declaration is found when its turn comes. */
function askForAmendment({ db }: ApiDeps, value: unknown): Asked {
  const correction = checkCorrection(value);
  const { masterWaybill, houseWaybill, importer } = correction.declaration;
  const phoneIndex = phoneIndexOf(db, importer.phone);
  return { declarationId: null, masterWaybill, houseWaybill, phoneIndex, sent: correction };
}

function phoneIndexOf({ index }: ApiDeps['db'], text: string): Buffer | null {
  const phone = normalisePhone(text);
  return phone === null ? null : index.ofPhone(phone);
}

/** When Temporal is away, the reconciliation starts it later. */
async function start(
  { processes, log }: ApiDeps,
  manifestId: string,
  brokerBoxNumber: string,
): Promise<void> {
  try {
    await processes.startManifest({ manifestId, brokerBoxNumber });
  } catch (error) {
    log.warn(
      { manifestId, error: (error as Error).name },
      'manifest not started: left to the reconciliation',
    );
  }
}

const presented = <V extends ManifestView>({ createdAt, receivedAt, completedAt, ...manifest }: V) => ({
  ...manifest,
  createdAt: createdAt.toISOString(),
  ...(receivedAt && { receivedAt: receivedAt.toISOString() }),
  ...(completedAt && { completedAt: completedAt.toISOString() }),
});

const presentedLine = (path: string, view: LineView) => {
  const { line, result, declarationId, houseWaybill, version, proposed, problem } = view;
  return {
    line,
    ...(result && { result }),
    ...(declarationId && { declarationId }),
    ...(houseWaybill && { houseWaybill }),
    ...(version !== null && (proposed ? { proposed: { version } } : { version })),
    ...(problem && { problem: problemBody(problem, `${path}/lines#${line}`) }),
  };
};
