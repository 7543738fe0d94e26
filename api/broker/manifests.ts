/** `/v1/manifests`: a flight's declarations in one upload, each line answered on its own. */
import type { RequestHandler } from 'express';
import { v7 as uuidv7 } from 'uuid';
import {
  type LineView,
  listLines,
  listManifests,
  type ManifestView,
  readManifest,
} from '../../db/manifests/view.ts';
import { LINE_MAX_BYTES } from '../../domain/limits.ts';
import { normalisePhone } from '../../domain/phone.ts';
import type { ApiDeps } from '../deps.ts';
import { problemBody } from '../problem.ts';
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
} from '../schemas/manifest.ts';
import { brokerOf } from './auth.ts';
import { noDeclaration } from './declarations.ts';
import { keyOf, requireKey } from './idempotency.ts';
import { checkDeclaration, parseLine } from './manifests/check-line.ts';
import { type Asked, type Entry, receive } from './manifests/receive.ts';
import { splitLines } from './manifests/split-lines.ts';
import { checkHeaders, chunksOf, createPlaces, drain } from './manifests/upload.ts';
import { type Surface, V1 } from './surface.ts';

/** Bodies of this path are read as they come. */
export const MANIFESTS_PATH = '/v1/manifests';

const NDJSON = 'application/x-ndjson';
const UPLOAD = [NDJSON] as const;

export function addBrokerManifests(routes: Routes, deps: ApiDeps): void {
  const { prefix: _, ...about } = V1;
  const within = createPlaces();

  createRoute(routes)(
    'post',
    MANIFESTS_PATH,
    {
      ...about,
      summary: 'Declare many shipments, one a line; each is answered on its own',
      problems: ['idempotency-key-required', 'idempotency-key-reused'],
    },
    { upload: UPLOAD, answers: { 202: manifestReceived } },
    requireKey,
    checkUpload,
  )(async ({ req }) => {
    const { brokerId, boxNumber } = brokerOf(req);
    const manifest = {
      brokerId,
      idempotencyKey: keyOf(req) ?? '',
      kind: 'declarations',
      reading: NDJSON,
      chunks: chunksOf(req),
      entriesOf: (chunks: AsyncIterable<Buffer>) => linesOf(deps, chunks),
    } as const;
    const manifestId = await within(brokerId, () => receive(deps, manifest)).catch((error) => {
      drain(req);
      throw error;
    });
    await start(deps, manifestId, boxNumber);
    return { status: 202, body: { manifestId }, headers: { location: `${MANIFESTS_PATH}/${manifestId}` } };
  });
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

/** Each line of NDJSON, to be checked as a single declaration is. */
async function* linesOf(deps: ApiDeps, chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  for await (const { line, bytes } of splitLines(chunks, LINE_MAX_BYTES)) {
    yield { line, bytes: bytes ?? Buffer.alloc(0), ask: () => askFor(deps, parseLine(bytes)) };
  }
}

/** A declaration to be made of a line. */
function askFor({ db, settings }: ApiDeps, value: unknown): Asked {
  const declaration = checkDeclaration(value, settings.defaultOrder);
  const { masterWaybill, houseWaybill, importer } = declaration.submitted;
  const phone = normalisePhone(importer.phone);
  return {
    declarationId: uuidv7(),
    masterWaybill,
    houseWaybill,
    phoneIndex: phone === null ? null : db.index.ofPhone(phone),
    sent: declaration,
  };
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

const presented = ({ createdAt, receivedAt, completedAt, ...manifest }: ManifestView) => ({
  ...manifest,
  createdAt: createdAt.toISOString(),
  ...(receivedAt && { receivedAt: receivedAt.toISOString() }),
  ...(completedAt && { completedAt: completedAt.toISOString() }),
});

const presentedLine = (path: string, { line, result, declarationId, houseWaybill, problem }: LineView) => ({
  line,
  ...(result && { result }),
  ...(declarationId && { declarationId }),
  ...(houseWaybill && { houseWaybill }),
  ...(problem && { problem: problemBody(problem, `${path}/lines#${line}`) }),
});
