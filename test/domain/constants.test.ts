import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as law from '../../domain/law.ts';
import * as limits from '../../domain/limits.ts';

/** Exported constants of a file with the comment right above each. */
function constants(file: string): { name: string; comment: string | undefined }[] {
  const text = readFileSync(new URL(`../../domain/${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export const (\w+)/g)].map(
    ([, comment, name = '']) => ({ name, comment }),
  );
}

describe('constants', () => {
  it.each(constants('law.ts'))('$name names its article', ({ name, comment }) => {
    expect(law).toHaveProperty(name);
    expect(comment).toMatch(/\(L\d Art\. \d+/);
  });

  it.each(constants('limits.ts'))('$name gives its unit or its reason', ({ name, comment }) => {
    expect(limits).toHaveProperty(name);
    expect(comment).toBeDefined();
  });

  it('agree with the contract', () => {
    const [minute, hour] = [60_000, 3_600_000];
    expect(law.MAX_GROSS_MASS_KG_PER_PIECE).toBe(70);
    expect(law.POA_RETENTION_MONTHS).toBe(6);
    expect([law.DUTY_FREE_MAX_TWD, law.DUTY_FREE_IMPORTS_PER_HALF_YEAR]).toEqual(['2000', 6]);
    expect(limits).toMatchObject({
      RESPOND_BY_MIN_MS: 10 * minute,
      RESPOND_BY_MAX_MS: 7 * 24 * hour,
      RESPOND_BY_DEFAULT_MS: 72 * hour,
      DECLINED_OPEN_MS: 7 * 24 * hour,
      INVITATION_EVERY_MS: 24 * hour,
      AUTHORIZATION_TTL_MS: 10 * minute,
      CHALLENGE_TTL_MS: 5 * minute,
      PASSKEY_AFTER_BOUND_MS: 10 * minute,
      RECENT_LOGIN_MS: 5 * minute,
      ACCESS_TOKEN_TTL_S: 600,
      IDEMPOTENCY_TTL_MS: 30 * 24 * hour,
      GOODS_MAX_LINES: 50,
      DESCRIPTION_MAX_LENGTH: 512,
      NOTE_MAX_LENGTH: 500,
      QUANTITY_MAX_DECIMALS: 6,
    });
  });
});
