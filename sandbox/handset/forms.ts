/** What goes over the wire between a handset and the API, as far as programs look at it. */

export interface Person {
  idNumber: string;
  name: string;
  /** `YYYY-MM-DD` */
  birthDate: string;
  /** Telecom operator, as Consentry calls it. */
  operator: string;
}

export interface Registration {
  registrationId: string;
  status: 'awaiting_telecom' | 'verifying' | 'binding' | 'bound' | 'refused' | 'abandoned';
  reason?: string;
  /** A change of phone waits until then: the person is asked on their old number. */
  holdUntil?: string;
}

/** Wi-Fi: the operator does not see which SIM asks. */
export type Network = 'mobile' | 'wifi';
export type Locale = 'zh-TW' | 'en';

/** An answer in words: what is asked to be signed, and sent with the signature. */
export interface Decision {
  version: number;
  decision: 'confirmed' | 'declined' | 'repudiated';
  reason?: string;
  lines?: number[];
  note?: string;
}

/** What may be said when asking for something to sign. */
export interface DecisionRequest extends Decision {
  noticeVersion?: string;
  locale?: Locale;
  build?: string;
}

export interface Decided {
  consentId: string;
  status: string;
}

export interface Amount {
  amount: string;
  currency: string;
}

/** One declaration as the inbox and the history show it. */
export interface ShownDeclaration {
  declarationId: string;
  version: number;
  digest: string;
  status: string;
  importDate: string;
  broker: { name: string; boxNumber: string };
  declarationNumber?: string;
  houseWaybill: string;
  flight: string;
  goods: {
    sequence: number;
    description: string;
    quantity: string;
    unit: string;
    price: string;
    currency: string;
  }[];
  freight?: Amount;
  totals: Amount[];
  packages: number;
  grossMassKg: string;
  respondBy: string;
  answer?: { decision: string; reason?: string; decidedAt: string; customsAcknowledgedAt?: string };
}
