import type { Order } from './outcome.ts';

/** One goods line (WCO: SequenceNumeric, Commodity.Description, TariffQuantity, InvoiceLine.ItemChargeAmount). */
export interface GoodsLine {
  sequence: number;
  description: string;
  hsCode?: string | undefined;
  /** Decimal string. */
  quantity: string;
  /** UN/ECE Rec 20/21. */
  unit: string;
  /** The line's amount (not the unit price), decimal string. */
  price: string;
  /** ISO 4217. */
  currency: string;
}

export interface Money {
  amount: string;
  currency: string;
}

/**
 * What a person is asked to consent to: everything that the digest covers but the broker's box number.
 * As submitted it is as the broker wrote it; `canonicalContent` gives the one form that is compared, shown and signed.
 */
export interface DeclarationContent {
  functionalReference: string;
  masterWaybill: string;
  houseWaybill: string;
  flight: string;
  /** Calendar date, `YYYY-MM-DD`. */
  importDate: string;
  importer: { name: string; phone: string };
  consignor?: { name: string; country: string } | undefined;
  goods: GoodsLine[];
  freight?: Money | undefined;
  packages: number;
  grossMassKg: string;
  grossVolumeM3?: string | undefined;
}

/** A broker's submission: the content with what steers the process. */
export interface DeclarationSubmission extends DeclarationContent {
  order?: Exclude<Order, 'customs-started'> | undefined;
  declarationNumber?: string | undefined;
  /** RFC 3339 with offset. */
  respondBy?: string | undefined;
}

/** Customs' context of a declaration (P2): what Customs holds. */
export interface DeclarationContext extends DeclarationContent {
  declarationNumber: string;
  declarationId?: string | undefined;
  brokerBoxNumber: string;
  version: number;
  lodgedAt: string;
}
