import { ApplicationFailure, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { isUuid } from '../domain/ids.ts';
import { SIGNAL, UPDATE } from '../domain/messages.ts';
import type { PoaMessage } from '../domain/poa-view.ts';

/** A message that waits to be judged; whoever sent it as an Update waits for the answer. */
interface Letter {
  message: PoaMessage;
  answer: (result: unknown) => void;
}

/**
 * Messages are judged one at a time, in the order they came, by the main path: a handler only puts its message here and
 * waits. So two of them never act at once, and none acts in the middle of a step.
 */
export interface Mailbox {
  readonly size: number;
  /** Whether somebody waits for a verdict; mere news interrupt nothing. */
  readonly urgent: boolean;
  put(message: PoaMessage): Promise<unknown>;
  take(): Letter | undefined;
}

export function openMailbox(): Mailbox {
  const letters: Letter[] = [];
  const isNews = ({ message }: Letter) => message.kind === 'look';
  const mailbox: Mailbox = {
    get size() {
      return letters.length;
    },
    get urgent() {
      return !letters.every(isNews);
    },
    put: (message) =>
      new Promise((answer) => {
        // News that wait already say it all: whoever floods us with them makes us look once.
        if (message.kind === 'look' && letters.some(isNews)) answer(null);
        else letters.push({ message, answer });
      }),
    take: () => letters.shift(),
  };
  receive(
    mailbox,
    UPDATE.decide,
    SIGNAL.decide,
    'decide',
    'consentId',
    "The importer's answer, kept as this consent",
  );
  receive(mailbox, UPDATE.amend, SIGNAL.amend, 'amend', 'proposalId', 'A new version, kept as this proposal');
  receive(
    mailbox,
    UPDATE.cancel,
    SIGNAL.cancel,
    'cancel',
    'proposalId',
    'A cancellation, kept as this proposal',
  );
  receive(
    mailbox,
    UPDATE.resolve,
    SIGNAL.resolve,
    'resolve',
    'resolutionId',
    "An operator's word, kept as this resolution",
  );
  setHandler(defineSignal(SIGNAL.lookAgain), () => void mailbox.put({ kind: 'look' }), {
    description: 'Something changed: look again',
  });
  return mailbox;
}

/**
 * Each Update has its Signal: the same message where no worker answered in time; judging twice gives the same verdict.
 * Whoever reaches the Temporal port can send anything, so what is no id is refused or dropped before it is kept.
 */
function receive(
  mailbox: Mailbox,
  update: string,
  signal: string,
  kind: Exclude<PoaMessage['kind'], 'look'>,
  member: string,
  description: string,
): void {
  setHandler(
    defineUpdate<unknown, [unknown]>(update),
    (payload) => mailbox.put({ kind, id: idIn(payload, member) ?? '' }),
    {
      description,
      validator(payload) {
        if (idIn(payload, member) === null)
          throw ApplicationFailure.nonRetryable(`${member} must be a UUID`, 'malformed');
      },
    },
  );
  setHandler(
    defineSignal<[unknown]>(signal),
    (payload) => {
      const id = idIn(payload, member);
      if (id !== null) void mailbox.put({ kind, id });
    },
    { description: `${description}, when no worker took the update in time` },
  );
}

function idIn(payload: unknown, member: string): string | null {
  const id = (payload as Record<string, unknown> | null | undefined)?.[member];
  return typeof id === 'string' && isUuid(id) ? id : null;
}
