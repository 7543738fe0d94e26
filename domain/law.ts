/**
 * Numbers that the law gives, each with its article.
 * L1: 空運快遞貨物通關辦法 (Regulations Governing Customs Clearance of Air Express Consignments, G0350064).
 * L2: 報關業設置管理辦法 (Regulations Governing the Establishment of Customs Brokers, G0350007).
 */

/** Heaviest piece that may be cleared as an express consignment, kg per piece (L1 Art. 4). */
export const MAX_GROSS_MASS_KG_PER_PIECE = 70;

/** POAs kept on file are kept this long for Customs' check, months (L1 Art. 17). */
export const POA_RETENTION_MONTHS = 6;

/** Express imports worth at most this are duty-free, TWD of customs value, freight included (L1, limits of simplified clearance). */
export const DUTY_FREE_MAX_TWD = '2000';
/**
 * Duty-free imports of one person in a half-year; the next one loses the exemption. T: Customs' notices on real-name
 * authentication (web.customs.gov.tw).
 */
export const DUTY_FREE_PER_HALF_YEAR = 6;
