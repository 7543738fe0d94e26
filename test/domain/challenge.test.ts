import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { challengeOf, noteDigest, noticeDigest, type SignedAct } from '../../domain/challenge.ts';
import { currentNotice, NOTICE_LOCALES, noticeOf } from '../../domain/notice.ts';
import { DECISIONS } from '../../domain/outcome.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8');

const ACT: SignedAct = {
  v: 'poa/v1',
  digest: '00'.repeat(32),
  version: 1,
  broker: 'CX001',
  subject: '019317a0-0000-7000-8000-000000000001',
  decision: 'declined',
  reason: 'other',
  lines: [1, 3],
  noteDigest: noteDigest('箱子不同'),
  notice: { digest: '11'.repeat(32), build: 'b1' },
  nonce: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
};

/** What the act is in RFC 8785, written by hand: members in order, nothing between them. */
const ACT_TEXT =
  `{"broker":"CX001","decision":"declined","digest":"${'00'.repeat(32)}","lines":[1,3],` +
  '"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",' +
  `"noteDigest":"0ef14bb9cb2fd07ba6c6d96654bbd72b6c75df4f1ed4acc70696887a37cfc369","notice":{"build":"b1","digest":"${'11'.repeat(32)}"},` +
  '"reason":"other","subject":"019317a0-0000-7000-8000-000000000001","v":"poa/v1","version":1}';

describe('the challenge that a passkey signs', () => {
  it('is the SHA-256 of the text written down here', () => {
    expect(Buffer.from(challengeOf(ACT)).toString('hex')).toBe(
      'c2c822f65bc3e7dc8ce985d38c0c9a730c8ae350d6d0299623fdb1ce5c2e1ae6',
    );
    expect(Buffer.from(challengeOf(ACT))).toEqual(sha256(ACT_TEXT).digest());
  });

  it('writes what is absent as null', () => {
    const plain: SignedAct = {
      ...ACT,
      decision: 'confirmed',
      reason: null,
      lines: null,
      noteDigest: null,
      notice: { ...ACT.notice, build: null },
    };
    const text = ACT_TEXT.replace('"declined"', '"confirmed"')
      .replace('[1,3]', 'null')
      .replace(/"noteDigest":"\w+"/, '"noteDigest":null')
      .replace('"b1"', 'null')
      .replace('"reason":"other"', '"reason":null');
    expect(Buffer.from(challengeOf(plain))).toEqual(sha256(text).digest());
  });

  it('changes with every member', () => {
    const changes: Partial<SignedAct>[] = [
      { digest: '01'.repeat(32) },
      { version: 2 },
      { broker: 'CX002' },
      { subject: '019317a0-0000-7000-8000-000000000002' },
      ...DECISIONS.filter((decision) => decision !== ACT.decision).map((decision) => ({ decision })),
      { reason: 'wrong_price' },
      { reason: null },
      { lines: [1] },
      { lines: null },
      { noteDigest: noteDigest('別的') },
      { noteDigest: null },
      { notice: { ...ACT.notice, digest: '12'.repeat(32) } },
      { notice: { ...ACT.notice, build: 'b2' } },
      { nonce: 'BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' },
    ];
    const challenges = [ACT, ...changes.map((change) => ({ ...ACT, ...change }))].map((act) =>
      Buffer.from(challengeOf(act)).toString('hex'),
    );
    expect(new Set(challenges).size).toBe(challenges.length);
  });

  it('takes a note as one text in either normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (note) => {
        expect(noteDigest(note.normalize('NFD'))).toBe(noteDigest(note.normalize('NFC')));
        expect(noteDigest(note)).toBe(sha256(note.normalize('NFC')).digest('hex'));
      }),
    );
  });
});

describe('the notice', () => {
  it.each(NOTICE_LOCALES)('in %s has the digest of its version, language and text', (locale) => {
    const { version, text } = currentNotice(locale);
    const canonical = `{"locale":"${locale}","text":${JSON.stringify(text)},"version":"${version}"}`;
    expect(noticeDigest(currentNotice(locale))).toBe(sha256(canonical).digest('hex'));
    expect(noticeOf(version, locale)).toEqual(currentNotice(locale));
  });

  it('tells each language and each version apart', () => {
    expect(noticeDigest(currentNotice('en'))).not.toBe(noticeDigest(currentNotice('zh-TW')));
    const notice = currentNotice('en');
    expect(noticeDigest({ ...notice, version: '2026-12' })).not.toBe(noticeDigest(notice));
    expect(noticeOf('1999-01', 'en')).toBeNull();
  });

  it('says what the law asks for: paper instead, how long kept, and that silence is not consent', () => {
    expect(currentNotice('zh-TW').text).toMatch(/書面/);
    expect(currentNotice('zh-TW').text).toMatch(/六個月/);
    expect(currentNotice('zh-TW').text).toMatch(/未回答視為不同意/);
    expect(currentNotice('en').text).toMatch(/paper instead/);
    expect(currentNotice('en').text).toMatch(/six months/);
    expect(currentNotice('en').text).toMatch(/No answer means no consent/);
  });
});
