/**
 * Where the provider keeps codes, tokens and grants: in memory alone. They live for minutes, and an operator that
 * restarts may forget them; its clients have to begin anew.
 */
type Payload = Record<string, unknown>;

interface Entry {
  payload: Payload;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Expired entries are swept after so many writes. */
const SWEEP_EVERY = 1_000;

export class TokenStore {
  private readonly entries = new Map<string, Entry>();
  private writes = 0;

  /** The adapter of one of the provider's models, in the form that oidc-provider asks for. */
  readonly adapter = (model: string) => {
    const key = (id: string) => `${model}:${id}`;
    const find = async (id: string) => this.live(key(id))?.payload;
    return {
      find,
      /** Look-ups of flows that are not offered. */
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      upsert: async (id: string, payload: Payload, expiresIn: number) =>
        this.put(key(id), { payload, expiresAt: Date.now() + expiresIn * 1000 }),
      consume: async (id: string) => {
        const entry = this.live(key(id));
        if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id: string) => void this.entries.delete(key(id)),
      revokeByGrantId: async (grantId: string) => {
        for (const [name, { payload }] of this.entries)
          if (name.startsWith(`${model}:`) && payload.grantId === grantId) this.entries.delete(name);
      },
    };
  };

  /** Takes an access token out of use. False when somebody else did so before. */
  spend(jti: string): boolean {
    return this.entries.delete(`AccessToken:${jti}`);
  }

  /** Ends every code, token and grant, as if their time were over. */
  clear(): void {
    this.entries.clear();
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry && entry.expiresAt > Date.now() ? entry : undefined;
  }

  private put(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    this.writes += 1;
    if (this.writes % SWEEP_EVERY !== 0) return;
    for (const [name, { expiresAt }] of this.entries) if (expiresAt <= Date.now()) this.entries.delete(name);
  }
}
