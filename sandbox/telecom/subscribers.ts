/** The operator's subscribers: what it knows of the person behind each number. All of them are invented. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const subscriberSchema = z.strictObject({
  /** Left out: the operator does not hold it, and answers `not_available`. */
  idNumber: z.string().min(1).optional(),
  idType: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  birthDate: z.iso.date().optional(),
  /** PAYM: by the month · PAYG: prepaid. */
  contract: z.enum(['PAYM', 'PAYG', 'Business']),
  /** Start of the contract. */
  since: z.iso.date().default('2020-01-01'),
  simSwappedAt: z.iso.datetime({ offset: true }).optional(),
  /** When the number last went to another person. */
  recycledAt: z.iso.datetime({ offset: true }).optional(),
  /** How an ID mismatch is told: by 403 (one version in the field) or by 200 with `'false'` (the next). */
  kycMode: z.enum(['403', '200']).default('200'),
  /** KYC APIs answer 422 SERVICE_NOT_APPLICABLE. */
  notApplicable: z.boolean().optional(),
});
export type Subscriber = z.output<typeof subscriberSchema>;

/** Those that are there at first and after a reset. */
export const SEED: Readonly<Record<string, z.input<typeof subscriberSchema>>> = {
  '+886912345678': person('A123456789', '王小明', '1990-01-01', 'PAYM'),
  '+886922222222': {
    ...person('A800000014', 'CHEN TA-WEN', '1985-05-05', 'PAYM'),
    idType: 'residence_permit',
  },
  '+886933333333': person('B123456780', '林美玲', '1995-03-03', 'PAYG'),
  '+886944444444': person('C223344555', '陳怡君', '1988-08-08', 'PAYM'),
  '+886955555555': { ...person('D176543214', '張志豪', '1979-12-31', 'PAYM'), kycMode: '403' },
  '+886966666666': person('E288887779', '李淑芬', '1966-06-06', 'PAYM'),
  '+886977777777': { ...person('H290909014', '黃雅婷', '1992-02-29', 'PAYM'), name: undefined },
  '+886988888888': {
    ...person('L900000122', 'NGUYEN THI LAN', '1998-07-20', 'PAYM'),
    idType: 'residence_permit',
  },
  '+886910000001': { ...person('F131313136', '吳宗翰', '1983-04-15', 'Business'), notApplicable: true },
};

function person(idNumber: string, name: string, birthDate: string, contract: Subscriber['contract']) {
  return { idNumber, idType: 'national_id_card', name, birthDate, contract };
}

export class Subscribers {
  private readonly byPhone = new Map<string, Subscriber>();
  private readonly bySubject = new Map<string, string>();

  constructor() {
    for (const [phone, subscriber] of Object.entries(SEED))
      this.put(phone, subscriberSchema.parse(subscriber));
  }

  put(phone: string, subscriber: Subscriber): void {
    this.byPhone.delete(phone);
    this.byPhone.set(phone, subscriber);
    this.bySubject.set(subjectOf(phone), phone);
  }

  get(phone: string): Subscriber | undefined {
    return this.byPhone.get(phone);
  }

  /** The number behind an OpenID Connect subject. */
  phoneOf(subject: string): string | undefined {
    return this.bySubject.get(subject);
  }

  /** In the order in which they were put last. */
  all(): [phone: string, subscriber: Subscriber][] {
    return [...this.byPhone];
  }

  /** As people look for them: their own, newest first, then those that are there at first. */
  listed(): [phone: string, subscriber: Subscriber][] {
    const isSeed = ([phone]: [string, Subscriber]) => phone in SEED;
    const all = this.all();
    return [...all.filter((entry) => !isSeed(entry)).reverse(), ...all.filter(isSeed)];
  }
}

/** An opaque `sub`: it must not tell the number. */
export const subjectOf = (phone: string): string =>
  createHash('sha256').update(`sandbox subscriber ${phone}`).digest('hex').slice(0, 32);
