/** The part of oidc-provider that the stand-in uses; the package has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface FoundToken {
    jti: string;
    scope?: string;
    accountId?: string;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export interface OidcContext {
    body: unknown;
    get(header: string): string;
    oidc: {
      provider: Provider;
      client: { clientId: string };
      params: Record<string, string | undefined>;
      session: {
        accountId: string;
        loginAccount(details: { accountId: string; transient: boolean }): void;
      };
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    readonly AccessToken: { find(value: string): Promise<FoundToken | undefined> };
    readonly ClientCredentials: { find(value: string): Promise<FoundToken | undefined> };
    readonly Grant: new (of: {
      clientId: string;
      accountId: string;
    }) => Grant;
    callback(): (req: IncomingMessage, res: ServerResponse) => void;
    on(event: 'server_error', listener: (context: OidcContext, error: Error) => void): this;
  }

  export const errors: {
    CustomOIDCProviderError: new (error: string, description: string) => Error;
  };
}
