/**
 * Numbers that the law gives, each with its article.
 * L1: 空運快遞貨物通關辦法 (Regulations Governing Customs Clearance of Air Express Consignments, G0350064).
 * L2: 報關業設置管理辦法 (Regulations Governing the Establishment of Customs Brokers, G0350007).
 * L3: 關稅法 (Customs Act, G0350001).
 */

/** Heaviest piece that may be cleared as an express consignment, kg per piece (L1 Art. 4). */
export const MAX_GROSS_MASS_KG_PER_PIECE = 70;

/** POAs kept on file are kept this long for Customs' check, months (L1 Art. 17). */
export const POA_RETENTION_MONTHS = 6;

/** Express imports worth at most this are free of duties, New Taiwan dollars as a decimal string (L1 Art. 11, L3 Art. 49). */
export const DUTY_FREE_MAX_TWD = '2000';

/**
 * Imports of one person in a half-year that are exempt; the seventh pays (L3 Art. 49; Customs' own notes,
 * web.customs.gov.tw 3150/cus1_3150_3150_1150).
 */
export const DUTY_FREE_IMPORTS_PER_HALF_YEAR = 6;
