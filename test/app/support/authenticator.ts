/** The passkeys of a phone in the browser: Chromium's virtual authenticator (CDP domain WebAuthn). */
import { createPrivateKey } from 'node:crypto';
import type { CDPSession, Page } from 'playwright-core';
import type { StoredCredential } from '../../../sandbox/handset/authenticator.ts';

/** A phone's own authenticator, whose passkeys its maker syncs; it unlocks by itself. */
const PHONE = {
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
  defaultBackupEligibility: true,
  defaultBackupState: true,
} as const;

/**
 * Signatures by which each copy runs ahead of the one before: the virtual authenticator always counts, and whoever counts
 * less than was seen is taken for a clone.
 */
const AHEAD = 1000;
let copies = 0;

/** As CDP has it: binary in base64, the key in PKCS #8. */
export interface Passkey {
  credentialId: string;
  isResidentCredential: boolean;
  rpId?: string;
  privateKey: string;
  userHandle?: string;
  signCount: number;
}

export interface VirtualAuthenticator {
  /** Whether the person unlocks the phone when asked. Off, the browser itself tells the page `NotAllowedError`. */
  verifyUser(verified: boolean): Promise<void>;
  passkeys(): Promise<Passkey[]>;
  /** The passkeys come to this phone too, as by the maker's sync; of all copies the newest signs. */
  add(passkeys: readonly Passkey[]): Promise<void>;
  /** The phone forgets all passkeys. */
  forget(): Promise<void>;
}

export async function addAuthenticator(cdp: CDPSession): Promise<VirtualAuthenticator> {
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: PHONE });
  return {
    verifyUser: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    passkeys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    add: async (passkeys) => {
      copies += 1;
      for (const passkey of passkeys) {
        const credential = { ...passkey, signCount: passkey.signCount + copies * AHEAD };
        await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
      }
    },
    forget: async () => {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    },
  };
}

/** A passkey of the software handset, as the browser's authenticator takes it. */
export function passkeyOf({ id, rpId, userHandle, privateKey, signCount }: StoredCredential): Passkey {
  const key = createPrivateKey({ key: privateKey, format: 'jwk' });
  const base64 = (base64url: string) => Buffer.from(base64url, 'base64url').toString('base64');
  return {
    credentialId: base64(id),
    isResidentCredential: true,
    rpId,
    privateKey: key.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    userHandle: base64(userHandle),
    signCount,
  };
}

/** A page's own line to the browser. */
export const cdpOf = (page: Page): Promise<CDPSession> => page.context().newCDPSession(page);
