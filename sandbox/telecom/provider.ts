/**
 * The operator's OpenID Connect provider (oidc-provider): the authorization code flow in the handset's browser, in
 * which the network itself says who the subscriber is. Nobody logs in and nobody is asked.
 */
import { randomBytes } from 'node:crypto';
import { errors, type OidcContext, Provider } from 'oidc-provider';
import { normalisePhone } from '../../domain/phone.ts';
import { type Subscribers, subjectOf } from './subscribers.ts';
import type { TokenStore } from './tokens.ts';

/** Header in which the mobile network names the handset's subscriber. */
export const MSISDN_HEADER = 'x-sandbox-msisdn';
/** Query parameter in which the page "which phone is this?" does so. */
export const MSISDN_PARAMETER = 'sandbox_msisdn';

/** Lifetime of every token in seconds: single-use, at most 300 s. */
const TOKEN_SECONDS = 300;
const CODE_SECONDS = 60;

const SUBSCRIBER_SCOPES = ['openid', 'dpv:FraudPreventionAndDetection', 'number-verification:verify'];
const CLIENT_SCOPES = [
  'kyc-match:match',
  'kyc-tenure:check-tenure',
  'sim-swap:check',
  'sim-swap:retrieve-date',
  'number-recycling:check',
];

export interface ProviderOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
  /** Private ES256 JWK that signs ID tokens. */
  signingKey: object;
  tokens: TokenStore;
  subscribers(): Subscribers;
}

export function createProvider(options: ProviderOptions): Provider {
  const provider = new Provider(options.issuer, {
    adapter: options.tokens.adapter,
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [...options.redirectUris],
        grant_types: ['authorization_code', 'client_credentials'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    clockTolerance: 0,
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    expiresWithSession: () => false,
    extraParams: { [MSISDN_PARAMETER]: recogniseSubscriber(options.subscribers) },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
    },
    findAccount: (_context: OidcContext, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    // No prompt is ever needed: neither login nor consent.
    interactions: { policy: [], url: () => '/' },
    jwks: { keys: [options.signingKey] },
    loadExistingGrant: grantWhatSubscribersGive,
    renderError: (context: OidcContext, told: object) => {
      context.body = told;
    },
    pkce: { required: () => true },
    responseTypes: ['code'],
    routes: { authorization: '/authorize', token: '/token', jwks: '/jwks' },
    scopes: [...SUBSCRIBER_SCOPES, ...CLIENT_SCOPES],
    ttl: {
      AccessToken: TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      ClientCredentials: TOKEN_SECONDS,
      Grant: TOKEN_SECONDS,
      IdToken: TOKEN_SECONDS,
      Session: CODE_SECONDS,
    },
  });
  provider.on('server_error', (_context, error) => console.error(error));
  return provider;
}

/**
 * Runs once per authorization request, after its other checks: the data session's subscriber becomes the account.
 * Without one the request ends at the redirect URI with OpenID Connect's `login_required`; CAMARA's code is the
 * description.
 */
const recogniseSubscriber = (subscribers: () => Subscribers) => (context: OidcContext) => {
  const given = context.get(MSISDN_HEADER) || context.oidc.params[MSISDN_PARAMETER] || '';
  const phone = normalisePhone(given);
  if (phone === null || !subscribers().get(phone))
    throw new errors.CustomOIDCProviderError(
      'login_required',
      'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK',
    );
  context.oidc.session.loginAccount({ accountId: subjectOf(phone), transient: true });
};

async function grantWhatSubscribersGive({ oidc }: OidcContext) {
  const { provider, client, session } = oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SUBSCRIBER_SCOPES.join(' '));
  await grant.save();
  return grant;
}
