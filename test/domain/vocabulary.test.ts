import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../api/problem.ts';
import { ConsentryError, ERROR_CODES } from '../../domain/error-code.ts';
import { customsKey, isUuid, poaReference, poaWorkflowId, registrationWorkflowId } from '../../domain/ids.ts';
import { SIGNAL, UPDATE, WORKFLOW } from '../../domain/messages.ts';

const ID = '019317a0-0000-7000-8000-000000000001';

describe('ids', () => {
  it.each([ID, '123e4567-e89b-42d3-a456-426614174000'])('%s is a UUID', (id) =>
    expect(isUuid(id)).toBe(true),
  );
  it.each([
    '',
    ID.toUpperCase(),
    `${ID}\n`,
    ` ${ID}`,
    ID.replaceAll('-', ''),
    `{${ID}}`,
    `${ID}0`,
    'poa',
    '../x',
  ])('%j is none', (id) => expect(isUuid(id)).toBe(false));

  it('of workflows and calls hold opaque ids only', () => {
    expect(poaWorkflowId(ID)).toBe(`poa/${ID}`);
    expect(registrationWorkflowId(ID)).toBe(`registration/${ID}`);
    expect(customsKey.identity(ID)).toBe(`identity/${ID}`);
    expect(customsKey.poa(ID)).toBe(`poa/${ID}`);
  });

  it('of lodgements tell version, function and attempt apart', () => {
    const keys = [
      customsKey.lodgement(ID, 1, '9', 1),
      customsKey.lodgement(ID, 2, '9', 1),
      customsKey.lodgement(ID, 1, '5', 1),
      customsKey.lodgement(ID, 1, '9', 2),
      customsKey.lodgement(ID, 11, '9', 1),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of a POA at Customs are the declaration number once there is one', () => {
    expect(poaReference(ID, 'CX 15 123 A1234')).toBe('CX 15 123 A1234');
    expect(poaReference(ID, null)).toBe(ID);
  });
});

describe('messages', () => {
  it('have names that differ, and a Signal for each Update', () => {
    expect(new Set([...Object.values(UPDATE), ...Object.values(SIGNAL)]).size).toBe(
      Object.keys(UPDATE).length + Object.keys(SIGNAL).length,
    );
    expect(Object.keys(SIGNAL)).toEqual(expect.arrayContaining(Object.keys(UPDATE)));
    expect(new Set(Object.values(WORKFLOW)).size).toBe(Object.keys(WORKFLOW).length);
  });
});

describe('errors', () => {
  it('have codes that can stand in an address', () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
    for (const code of ERROR_CODES) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('are each mapped to one HTTP problem, and nothing else is', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort());
    const statuses = Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
    expect(statuses).toEqual({
      'malformed-request': 400,
      unauthenticated: 401,
      forbidden: 403,
      'assertion-rejected': 403,
      'not-found': 404,
      'method-not-allowed': 405,
      'idempotency-key-reused': 409,
      'duplicate-waybill': 409,
      'already-decided': 409,
      'no-longer-kept': 410,
      'too-late': 409,
      superseded: 409,
      'challenge-expired': 409,
      'identity-frozen': 409,
      'identity-suspended': 409,
      'version-conflict': 409,
      'last-administrator': 409,
      'body-too-large': 413,
      'unsupported-media-type': 415,
      'validation-failed': 422,
      'idempotency-key-required': 428,
      'if-match-required': 428,
      'too-many-requests': 429,
      'temporarily-unavailable': 503,
      internal: 500,
    });
  });

  it('carry what a caller may know', () => {
    const error = new ConsentryError('validation-failed', 'no', [{ pointer: '/a', code: 'x', detail: 'y' }]);
    expect(error).toMatchObject({ name: 'ConsentryError', code: 'validation-failed', detail: 'no' });
    expect(error.errors).toHaveLength(1);
    expect(error).toBeInstanceOf(Error);
  });
});
