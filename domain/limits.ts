/** Limits that are ours, with the reason for each. The API's documentation and the schemas read them from here. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The soonest answer that may be asked for, ms: less cannot be read, decided and signed by a person. */
export const RESPOND_BY_MIN_MS = 10 * MINUTE;
/** The latest, ms: storage fees have eaten the parcel by then. */
export const RESPOND_BY_MAX_MS = 7 * DAY;
/** When the broker names none, and for contexts that begin at Customs, ms. */
export const RESPOND_BY_DEFAULT_MS = 72 * HOUR;
/** A declined declaration can be corrected for this long after Customs has its answer, ms. */
export const DECLINED_OPEN_MS = 7 * DAY;
/**
 * The deadline timer fires this long after `respondBy`, ms. The database decides who was in time; the margin only
 * spares a timer that would find nothing due because two clocks differ a little.
 */
export const DEADLINE_MARGIN_MS = 1_000;
/** A message that no channel took is tried again after this long, ms. */
export const DELIVER_AGAIN_MS = 30_000;
/** One SMS invitation per phone in this time, ms. */
export const INVITATION_EVERY_MS = 24 * HOUR;
/** One try at the operator's authorization takes at most this long, ms. */
export const AUTHORIZATION_TTL_MS = 10 * MINUTE;
/** A challenge may be answered once, for this long, ms (WebAuthn Level 3 §13.4.3 asks for freshness). */
export const CHALLENGE_TTL_MS = 5 * MINUTE;
/** A passkey can be created by the registration's own browser until this long after it first reads `bound`, ms. */
export const PASSKEY_AFTER_BOUND_MS = 10 * MINUTE;
/** A session's passkey login counts as recent for this long, ms. */
export const RECENT_LOGIN_MS = 5 * MINUTE;
/** An importer's session, ms. */
export const SESSION_TTL_MS = 12 * HOUR;
/** A session of a broker's console ends after this long, ms: a working day. */
export const CONSOLE_SESSION_TTL_MS = 12 * HOUR;
/** And after this long in which its person did nothing, ms: a desk that was left. */
export const CONSOLE_IDLE_MS = 30 * MINUTE;
/** An invitation to a broker's console can be used for this long, ms: over a weekend. */
export const CONSOLE_INVITATION_TTL_MS = 72 * HOUR;
/** Questions of one broker about consignees, in a minute: a clerk's pace, not a machine's. Whoever declares a flight declares it. */
export const CONSIGNEE_CHECKS_PER_MINUTE = 30;
/** Names that one broker may try with one phone in 24 h: the right one, and two slips. */
export const CHECKED_NAMES_OF_ONE = 3;
/** And all brokers together. */
export const CHECKED_NAMES_OF_ALL = 10;
/** A client assertion ends so soon at the latest, s: it is made for the moment (RFC 7523 §3). */
export const CLIENT_ASSERTION_MAX_S = 300;
/** Clocks differ so much, s. */
export const CLOCK_SKEW_S = 10;
/**
 * The `jti` of an assertion is kept this long after its end, s: the API's clock says when it ends and the database's when it is forgotten,
 * and clocks that are an hour apart are noticed elsewhere.
 */
export const JTI_KEPT_LONGER_S = 3_600;
/** A broker's access token, s. */
export const ACCESS_TOKEN_TTL_S = 600;
/** Answers kept for idempotent repetition, ms. */
export const IDEMPOTENCY_TTL_MS = 30 * DAY;

/** Goods lines of one declaration: what a person can be asked to read through on a phone. */
export const GOODS_MAX_LINES = 50;
/** Characters of a goods description (WCO Data Model, Commodity.Description: an..512). */
export const DESCRIPTION_MAX_LENGTH = 512;
/** Characters of a person's note to the broker: a paragraph. */
export const NOTE_MAX_LENGTH = 500;
/** Decimals of a quantity, mass or volume (WCO Data Model, quantities and measures: n..16,6). */
export const QUANTITY_MAX_DECIMALS = 6;
/** Digits before the decimal point of any quantity or amount: within what a double, a spreadsheet and numeric(18,6) hold. */
export const DECIMAL_MAX_INTEGER_DIGITS = 12;
/** An evidence pack counts for this many requests of its caller's rate: it takes some 100 ms of a processor. */
export const PACK_COST = 25;
/** Packs in one bulk export: half a minute of a processor, some tens of MB. */
export const EXPORT_MAX_PACKS = 200;
/** Largest JSON body, bytes: fifty lines of 512 four-byte characters fit. */
export const BODY_MAX_BYTES = 256 * 1024;

/**
 * Parcels of one manifest for one consignee ring once within this time, ms: longer than their lines take to be declared one after
 * the other, and shorter than somebody who answered them has put the phone away for good.
 */
export const TOLD_TOGETHER_MS = 10 * MINUTE;

/** Lines of one manifest: a freighter's worth. */
export const MANIFEST_MAX_LINES = 10_000;
/** Bytes of one manifest: ten thousand lines of 1.6 kB. */
export const MANIFEST_MAX_BYTES = 16 * 1024 * 1024;
/** Bytes of one of its lines: the same as of a single declaration. */
export const LINE_MAX_BYTES = BODY_MAX_BYTES;
/** An upload of which nothing came for this long is given up, ms: a healthy connection is never silent so long. */
export const UPLOAD_IDLE_MS = 15 * SECOND;
/** Uploads of one broker at once, each API process: one at a time is usual, more are several flights. */
export const UPLOADS_AT_ONCE = 4;
/** Rows of one CSV: ten lines of goods for each of ten thousand declarations. */
export const CSV_MAX_ROWS = 100_000;
/** Lines of an upload, blank ones and all: as many blank ones again. */
export const MANIFEST_MAX_LINES_COUNTED = 2 * MANIFEST_MAX_LINES;
/**
 * Manifests of one broker that are not completed, and as many uploads that broke off: half a million lines each, days of work for a
 * large broker. More are refused until one is completed; of broken-off uploads the oldest goes.
 */
export const MANIFESTS_OPEN = 50;
/**
 * Lines of one broker's manifests in 24 h: half of all parcels of Taiwan's busiest days would come from that one broker. Also what is
 * rejected is kept, and must not fill the disk.
 */
export const MANIFEST_LINES_OF_DAY = 500_000;
/** An upload that did not come to its end can be sent again for this long, ms; then its lines are dropped. */
export const UPLOAD_KEPT_MS = DAY;

/** Webhook endpoints of one broker: several systems, not one for each parcel. */
export const WEBHOOK_ENDPOINTS_MAX = 10;
/** Characters of an endpoint's address: what servers take (RFC 9110 §4.1 asks for 8000, few need more than this). */
export const WEBHOOK_URL_MAX_LENGTH = 2_048;
/** A message is sent again for this long, ms; then it stays in the feed. */
export const WEBHOOK_RETRIED_MS = 3 * DAY;
/** An endpoint has this long for its answer, ms (Standard Webhooks: 15 to 30 s; more keeps others waiting). */
export const WEBHOOK_TIMEOUT_MS = 15 * SECOND;
/** An attempt of which nothing was heard for this long was lost with its process, ms: longer than any can take. */
export const WEBHOOK_LEASE_MS = 60 * SECOND;
/** After so many failures in a row an endpoint is paused: one message at a time finds out whether it is back. */
export const WEBHOOK_PAUSE_AFTER = 10;
/** From its pause to the first such message, ms: a receiver that was started anew is back by then. */
export const WEBHOOK_PROBE_MIN_MS = MINUTE;
/** From one such message to the next, ms, at most: so long may a receiver that is back be waited for. */
export const WEBHOOK_PROBE_MAX_MS = 15 * MINUTE;
/** Messages under way at once, in each worker: they wait for answers, and cost it little. */
export const WEBHOOKS_AT_ONCE = 256;
/** Of these, of one broker: one whose receiver hangs leaves room for fifteen others like it. */
export const WEBHOOKS_AT_ONCE_OF_BROKER = 16;
/** After a rotation both secrets sign for this long, ms: time to tell the new one to every receiver. */
export const WEBHOOK_SECRET_OVERLAP_MS = DAY;
/** What became of a message can be read for this long, ms; the feed is kept as long as its declarations. */
export const WEBHOOK_DELIVERY_KEPT_MS = 7 * DAY;

/** A data key whose row has not come after this long never will: its transaction failed, ms. */
export const KEY_WITHOUT_ROW_MS = HOUR;
/** A refused or abandoned registration is shredded after this long: nobody needs it, and it names a person, ms. */
export const ENDED_REGISTRATION_KEPT_MS = 30 * DAY;

/** Every process takes up a new receipt key within this time, ms. */
export const RECEIPT_KEY_TAKEN_UP_MS = 30 * SECOND;
/** The earlier key goes on sealing this long, so that no process seals with one that is over, ms. */
export const RECEIPT_KEY_OVERLAP_MS = 2 * MINUTE;
/** The API keeps idle connections longer than proxies do, so that none is closed under a request, ms. */
export const KEEP_ALIVE_MS = 70_000;
