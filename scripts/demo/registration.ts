/** R1–R4: the importer proves who they are through the SIM of their phone. */
import { callSince, filesAtCustoms } from './parties.ts';
import { IMPORTER, registrationLink, type Stage } from './stage.ts';
import { Hopeless } from './story.ts';

/** At its end the handset has a passkey and is logged in. */
export async function playRegistration(stage: Stage): Promise<void> {
  const { endpoints, story, handset } = stage;
  const since = new Date();
  const { phone, ...person } = IMPORTER;
  story.chapter(`Registration of ${person.name}, ${phone}`);
  const authorizationUrl = await story.act('R1', 'the importer fills in personal information', async () => {
    const found = await handset.beginRegistration(person);
    return { found, proof: `registration ${handset.registrationId}` };
  });
  const link = registrationLink(endpoints, handset.registrationId ?? '');
  if (link) story.link(link);
  await story.act('R2', 'the phone shows itself to the operator', async () => {
    const found = await handset.authorize(authorizationUrl);
    return { found, proof: 'over mobile data' };
  });
  await verified(stage, since);
  await story.act('  ', 'the importer makes a passkey', async () => {
    const found = await handset.createPasskey();
    return { found, proof: 'and is logged in' };
  });
}

async function verified({ endpoints, story, handset }: Stage, since: Date): Promise<void> {
  await story.see('R2', 'the operator verifies it by its SIM', async () => {
    const call = await callSince(endpoints.telecom, '/number-verification', since);
    return call && { found: null, proof: `${call.path} answered ${call.status}` };
  });
  await story.see('R3', 'the operator confirms the identity', async () => {
    const call = await callSince(endpoints.telecom, '/kyc-match', since);
    const { status, reason } = await handset.registration();
    if (status === 'refused') throw new Hopeless(`refused: ${reason}`);
    const confirmed = status === 'binding' || status === 'bound';
    return call && confirmed ? { found: null, proof: `${call.path} answered ${call.status}` } : undefined;
  });
  await story.see('R4', "Customs' database file is set up", async () => {
    const { status, registrationId } = await handset.registration();
    const file = (await filesAtCustoms(endpoints)).find((held) => held.registrationId === registrationId);
    return file && status === 'bound' ? { found: null, proof: `file ${file.fileNumber}, bound` } : undefined;
  });
}
