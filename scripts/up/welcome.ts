/** What a person sees when everything is up: addresses, credentials, and a first call to paste. */
import { join, relative } from 'node:path';
import type { Endpoints } from './endpoints.ts';

export function welcome(endpoints: Endpoints, dataDirectory: string): string {
  const { api, app, temporalUi, telecom, customs, push, brokers, invitations } = endpoints;
  const data = relative(process.cwd(), dataDirectory);
  const rows: [string, string][] = [
    ['The app', `${app}/`],
    ['API', `${api}/v1 (${api}/docs)`],
    ...(temporalUi ? ([['Temporal UI', temporalUi]] as [string, string][]) : []),
    ['Sandbox', `SIM cards ${telecom}/ · Customs ${customs}/ · messages ${push}/`],
    ['A phone', 'npm run handset -- --help (without a browser)'],
    ...brokers.map(({ boxNumber, clientId, clientSecret }): [string, string] => [
      `Broker ${boxNumber}`,
      `${clientId} / ${clientSecret}`,
    ]),
    ['Console', `${app}/console`],
    ...invitations.map(({ boxNumber, url }): [string, string] => [`  join ${boxNumber}`, url]),
    ['All of it', `${join(data, 'endpoints.json')}; logs in ${join(data, 'logs')}`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    '',
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '',
    ...trial(endpoints),
    '',
    'Or declare a shipment as a broker does:',
    '',
    curlExample(endpoints),
    '',
    'Ctrl-C stops all of it.',
  ].join('\n');
}

/** The whole story in a browser, all of it by hand. */
const trial = ({ app, telecom, customs, push }: Endpoints): string[] => [
  'Try it in a phone-sized window (in Chrome: F12, then Ctrl-Shift-M):',
  '',
  `  1  make yourself a SIM card, with invented data          ${telecom}/`,
  `  2  register in the app with the same data                ${app}/`,
  `  3  send yourself a parcel at Customs' desk               ${customs}/`,
  '  4  look at it in the app, and answer with one touch',
  `  5  see what your phone was sent, and what Customs holds  ${push}/`,
];

/** Two commands for bash or zsh that work as pasted, as often as they are. */
export function curlExample({ api, brokers }: Endpoints, now = new Date()): string {
  const [broker] = brokers;
  if (!broker) return '';
  // Spliced in by the shell: a waybill and a key of its own each time.
  const fresh = `'"$N"'`;
  const body = {
    functionalReference: `B-${fresh}`,
    masterWaybill: '29712345675',
    houseWaybill: `HAWB${fresh}`,
    flight: 'CI0006',
    // As Taiwan writes today: YYYY-MM-DD.
    importDate: now.toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' }),
    importer: { name: '王小明', phone: '0912-345-678' },
    goods: [
      {
        sequence: 1,
        description: 'running shoes',
        quantity: '2',
        unit: 'PCE',
        price: '35.50',
        currency: 'USD',
      },
    ],
    packages: 1,
    grossMassKg: '1.850',
  };
  return [
    `TOKEN=$(curl -s -u '${broker.clientId}:${broker.clientSecret}' -d grant_type=client_credentials ${api}/oauth/token |`,
    `  sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `N=$(date +%s); curl -si ${api}/v1/declarations -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $N" \\`,
    `  -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll(JSON.stringify(fresh).slice(1, -1), fresh)}'`,
  ].join('\n');
}
