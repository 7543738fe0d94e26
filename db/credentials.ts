import type { PoolClient } from 'pg';

/**
 * Ends the person's sessions and passkeys; those of the registration `but` stay. Sessions first: whoever adds a passkey
 * by a session holds its row, so the passkey is there to be seen by the second statement.
 */
export async function endCredentials(client: PoolClient, subjectId: string, but?: string): Promise<void> {
  for (const table of ['sessions', 'passkeys']) {
    await client.query(
      `DELETE FROM ${table} WHERE subject_id = $1 AND registration_id IS DISTINCT FROM $2::uuid`,
      [subjectId, but ?? null],
    );
  }
}
