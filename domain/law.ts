/**
 * Numbers that the law gives, each with its article.
 * L1: 空運快遞貨物通關辦法 (Regulations Governing Customs Clearance of Air Express Consignments, G0350064).
 * L2: 報關業設置管理辦法 (Regulations Governing the Establishment of Customs Brokers, G0350007).
 */

/** Heaviest piece that may be cleared as an express consignment, kg per piece (L1 Art. 4). */
export const MAX_GROSS_MASS_KG_PER_PIECE = 70;

/** POAs kept on file are kept this long for Customs' check, months (L1 Art. 17). */
export const POA_RETENTION_MONTHS = 6;
