/** What the handset's command line can do; each prints what the phone would show. */
import type { Decision, ShownDeclaration } from './forms.ts';
import type { Handset } from './handset.ts';

export interface Arguments {
  /** After the command's name. */
  positional: readonly string[];
  options: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  usage: string;
  summary: string;
  run(phone: Handset, given: Arguments, print: (line: string) => void): Promise<void>;
}

/** Told to the person at the terminal without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Subscriber of the sandbox's operator with the default phone number (sandbox/telecom/README.md). */
const DEFAULT_PERSON = { id: 'A123456789', name: '王小明', 'birth-date': '1990-01-01', operator: 'sandbox' };

export const COMMANDS: Readonly<Record<string, Command>> = {
  register: {
    usage: 'register [--id --name --birth-date --operator] [--network wifi]',
    summary: 'R1–R4 through the SIM, then a passkey',
    run: register,
  },
  passkey: {
    usage: 'passkey',
    summary: 'makes a passkey, where this phone has none',
    run: async (phone, _, print) => {
      await phone.createPasskey();
      print('passkey made');
    },
  },
  login: {
    usage: 'login',
    summary: 'logs in with the passkey',
    run: async (phone, _, print) => {
      await phone.login();
      print('logged in');
    },
  },
  logout: {
    usage: 'logout',
    summary: 'logs out',
    run: async (phone) => void (await phone.logout()),
  },
  inbox: {
    usage: 'inbox',
    summary: 'what waits for an answer',
    run: async (phone, _, print) => list(await phone.inbox(), print),
  },
  history: {
    usage: 'history [--from --to --waybill]',
    summary: 'what was answered',
    run: async (phone, { options }, print) => {
      const { from, to, waybill } = options;
      const filter = { ...(from && { from }), ...(to && { to }), ...(waybill && { waybill }) };
      list(await phone.history(filter), print);
    },
  },
  show: {
    usage: 'show ID',
    summary: 'one declaration',
    run: async (phone, given, print) =>
      print(JSON.stringify(await phone.declaration(idOf(given)), undefined, 2)),
  },
  confirm: { usage: 'confirm ID', summary: '申報相符, it matches', run: decide('confirmed') },
  decline: {
    usage: 'decline ID --reason R [--lines 1,2] [--note TEXT]',
    summary: '申報不符, it does not match',
    run: decide('declined'),
  },
  repudiate: {
    usage: 'repudiate ID [--note TEXT]',
    summary: '非本人, it is not mine',
    run: decide('repudiated'),
  },
  identity: {
    usage: 'identity',
    summary: 'own data',
    run: async (phone, _, print) => print(JSON.stringify(await phone.identity(), undefined, 2)),
  },
  freeze: {
    usage: 'freeze',
    summary: 'nothing is confirmed any more',
    run: async (phone) => void (await phone.freeze()),
  },
  unfreeze: {
    usage: 'unfreeze',
    summary: 'takes that back',
    run: async (phone) => void (await phone.unfreeze()),
  },
  'refuse-change': {
    usage: 'refuse-change',
    summary: '"that was not me": no other phone number for my identity',
    run: async (phone) => void (await phone.refusePhoneChange()),
  },
};

async function register(
  phone: Handset,
  { options }: Arguments,
  print: (line: string) => void,
): Promise<void> {
  const given = { ...DEFAULT_PERSON, ...options };
  const person = {
    idNumber: given.id,
    name: given.name,
    birthDate: given['birth-date'],
    operator: given.operator,
  };
  const network = options.network === 'wifi' ? 'wifi' : 'mobile';
  const { status, reason, holdUntil } = await phone.register(person, {
    network,
    onStatus: ({ status }) => print(status),
  });
  if (holdUntil) return print(`known by another number, and asked there; waits until ${holdUntil}`);
  if (status !== 'bound') throw new UsageError(`not registered: ${status} ${reason ?? ''}`.trim());
  print(await passkeyAndLogin(phone));
}

/** A recovery finds the passkey that this phone has; it takes a login, since only a new one logs in by itself. */
async function passkeyAndLogin(phone: Handset): Promise<string> {
  try {
    await phone.createPasskey();
    return 'passkey made, logged in';
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    await phone.login();
    return 'has a passkey already, logged in';
  }
}

function decide(decision: Decision['decision']): Command['run'] {
  return async (phone, given, print) => {
    const { reason, lines, note } = given.options;
    const details = {
      ...(reason && { reason }),
      ...(lines && { lines: lines.split(',').map(Number) }),
      ...(note && { note }),
    };
    const { consentId, status } = await phone.decide(idOf(given), decision, details);
    print(`${status}  consent ${consentId}`);
  };
}

function idOf({ positional: [id] }: Arguments): string {
  if (!id) throw new UsageError('The id of a declaration is needed (see "inbox").');
  return id;
}

function list(items: readonly ShownDeclaration[], print: (line: string) => void): void {
  if (items.length === 0) print('nothing');
  for (const { declarationId, status, houseWaybill, broker, totals, goods, respondBy, answer } of items) {
    const amount = totals.map((total) => `${total.amount} ${total.currency}`).join(' + ');
    print(`${declarationId}  ${answer?.decision ?? status}  ${houseWaybill}  ${amount}`);
    const what = goods.map((line) => line.description).join(', ');
    print(`    ${what}; broker ${broker.name} (${broker.boxNumber}); until ${respondBy}`);
  }
}
