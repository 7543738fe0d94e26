/** What the importers' app is told before anybody has logged in. */
import { z } from 'zod';

export const settingsAnswer = z
  .object({
    operators: z.array(z.object({ name: z.string() })),
    /** Only where everything around the service is simulated. */
    sandbox: z.object({ messagesUrl: z.url(), customsUrl: z.url(), telecomUrl: z.url() }).optional(),
    build: z.string(),
  })
  .meta({ id: 'AppSettings' });

export const sessionAnswer = z.object({
  loggedIn: z.boolean(),
  /** The passkey login was minutes ago: what asks for a fresh one can be done now. */
  recent: z.boolean(),
});
