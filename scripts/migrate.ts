/**
 * Brings both databases up to date: `DATABASE_URL` and `KEYS_DATABASE_URL`, which must exist. For deployments; `npm start`
 * does it by itself. Several at once wait for each other.
 */
import { KEY_MIGRATIONS, MIGRATIONS, migrate } from '../db/migrate.ts';

const DATABASES = { DATABASE_URL: MIGRATIONS, KEYS_DATABASE_URL: KEY_MIGRATIONS };

for (const [variable, migrations] of Object.entries(DATABASES)) {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} must be set.`);
  await migrate(url, migrations);
  console.log(`${variable}: up to date`);
}
