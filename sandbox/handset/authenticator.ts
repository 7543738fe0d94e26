/**
 * A software passkey authenticator: what a phone's secure hardware and its browser do together for WebAuthn. Keys lie in
 * plain memory: it proves nothing about a person and serves tests, scripts and load only.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** A passkey as it is kept between runs. */
export interface StoredCredential {
  /** base64url */
  id: string;
  rpId: string;
  /** base64url, as the relying party gave it. */
  userHandle: string;
  privateKey: JsonWebKey;
  signCount: number;
}

interface Credential extends Omit<StoredCredential, 'privateKey'> {
  readonly key: KeyObject;
}

/** Authenticator data flags (WebAuthn Level 3 §6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;
/** COSE (RFC 9053): key type EC2, algorithm ES256, curve P-256. */
const EC2 = 2;
const ES256 = -7;
const P256 = 1;
const AAGUID = Buffer.alloc(16);

/** How to sign; each deviates from what an honest phone does. */
export interface SignOptions {
  /** The passkey to use, base64url; the newest allowed one when left out. */
  credentialId?: string;
  /** Signs with this passkey although the relying party did not list it. */
  force?: boolean;
}

export class Authenticator {
  /** Origin that the browser writes into what is signed; another one stands for a phishing page. */
  origin: string;
  /** Whether the person unlocked the phone; off, the flag is missing from everything signed. */
  userVerified = true;
  /** Counts signatures as a security key does; synced passkeys always say 0. */
  counting = false;
  private readonly credentials: Credential[];

  constructor(origin: string, stored: readonly StoredCredential[] = []) {
    this.origin = origin;
    this.credentials = stored.map(({ privateKey, ...rest }) => ({
      ...rest,
      key: createPrivateKey({ key: privateKey, format: 'jwk' }),
    }));
  }

  /** Passkeys on this phone, oldest first. */
  get credentialIds(): readonly string[] {
    return this.credentials.map(({ id }) => id);
  }

  stored(): StoredCredential[] {
    return this.credentials.map(({ key, ...rest }) => ({
      ...rest,
      privateKey: key.export({ format: 'jwk' }),
    }));
  }

  /** Makes a discoverable passkey. Throws `InvalidStateError` when one that is to be excluded is on this phone. */
  create(options: PublicKeyCredentialCreationOptionsJSON): RegistrationResponseJSON {
    const rpId = options.rp.id ?? new URL(this.origin).hostname;
    if (options.excludeCredentials?.some(({ id }) => this.credentialIds.includes(id))) {
      throw new DOMException('This phone has a passkey already.', 'InvalidStateError');
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const id = randomBytes(32).toString('base64url');
    const credential = { id, rpId, userHandle: options.user.id, key: privateKey, signCount: 0 };
    const authData = Buffer.concat([
      this.authenticatorData(credential, ATTESTED),
      AAGUID,
      Buffer.of(0, 32),
      Buffer.from(id, 'base64url'),
      coseKey(privateKey),
    ]);
    this.credentials.push(credential);
    const attestationObject = isoCBOR.encode(
      new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData)],
      ]) as never,
    );
    return {
      ...this.envelope(id),
      response: {
        clientDataJSON: this.clientData('webauthn.create', options.challenge),
        attestationObject: Buffer.from(attestationObject).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  /** Signs a challenge. Throws `NotAllowedError` when this phone has no passkey that the relying party would take. */
  get(options: PublicKeyCredentialRequestOptionsJSON, how: SignOptions = {}): AuthenticationResponseJSON {
    const credential = this.choose(options, how);
    if (this.counting) credential.signCount += 1;
    const authData = this.authenticatorData(credential);
    const clientDataJSON = this.clientData('webauthn.get', options.challenge);
    const clientDataHash = sha256(Buffer.from(clientDataJSON, 'base64url'));
    const signature = sign('sha256', Buffer.concat([authData, clientDataHash]), credential.key);
    return {
      ...this.envelope(credential.id),
      response: {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: credential.userHandle,
      },
    };
  }

  private choose(
    { rpId, allowCredentials = [] }: PublicKeyCredentialRequestOptionsJSON,
    { credentialId, force = false }: SignOptions,
  ): Credential {
    const allowed = (id: string) =>
      force || allowCredentials.length === 0 || allowCredentials.some((listed) => listed.id === id);
    const found = this.credentials.findLast(
      (credential) =>
        (rpId === undefined || credential.rpId === rpId) &&
        (credentialId === undefined || credential.id === credentialId) &&
        allowed(credential.id),
    );
    if (!found) throw new DOMException('No passkey of this phone fits.', 'NotAllowedError');
    return found;
  }

  private authenticatorData({ rpId, signCount }: Credential, more = 0): Buffer {
    const synced = this.counting ? 0 : BACKUP_ELIGIBLE | BACKED_UP;
    const flags = USER_PRESENT | (this.userVerified ? USER_VERIFIED : 0) | synced | more;
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags, 0);
    tail.writeUInt32BE(signCount, 1);
    return Buffer.concat([sha256(rpId), tail]);
  }

  private clientData(type: string, challenge: string): string {
    const text = JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false });
    return Buffer.from(text).toString('base64url');
  }

  private envelope(id: string) {
    return {
      id,
      rawId: id,
      type: 'public-key' as const,
      authenticatorAttachment: 'platform' as const,
      clientExtensionResults: {},
    };
  }
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
  const map = new Map<number, number | Uint8Array>([
    [1, EC2],
    [3, ES256],
    [-1, P256],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ]);
  return Buffer.from(isoCBOR.encode(map as never));
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
