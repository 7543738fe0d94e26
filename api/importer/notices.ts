import { z } from 'zod';
import { noticeDigest } from '../../domain/challenge.ts';
import { currentNotice } from '../../domain/notice.ts';
import type { ApiDeps } from '../deps.ts';
import { createRoute, type Routes } from '../route.ts';
import { locale, noticeAnswer } from '../schemas/importer.ts';

/** `GET /app/notices`: what the law wants people to be told before they register and before they answer. */
export function addNoticeRoutes(routes: Routes, _deps: ApiDeps): void {
  createRoute(routes)(
    'get',
    '/app/notices',
    { summary: 'The notice in force', tags: ['importers'] },
    { query: z.strictObject({ locale: locale.default('zh-TW') }), answers: { 200: noticeAnswer } },
  )(({ query }) => {
    const notice = currentNotice(query.locale);
    return {
      status: 200,
      body: { version: notice.version, text: notice.text, digest: noticeDigest(notice) },
    };
  });
}
