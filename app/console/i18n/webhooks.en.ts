import type { Translation } from '../../src/i18n/message.ts';
import type { webhooks as source } from './webhooks.zh-TW.ts';

export const webhooks: Translation<typeof source> = {
  'webhooks.title': 'Webhooks',
  'webhooks.body':
    'Addresses where your systems are told of events. Your systems add and delete them, and rotate their secrets, through the API.',
  'webhooks.empty': 'No address',
  'webhooks.empty.body': 'Your systems register one through the API, or read the feed of events instead.',
  'webhooks.status.active': 'works',
  'webhooks.status.failing': 'failing',
  'webhooks.status.paused': 'paused',
  'webhooks.events.all': 'all events',
  'webhooks.events.some': '{n} kinds of events',
  'webhooks.failing-since': 'failing since',
  'webhooks.probe-at': 'next try',

  'webhook.resume': 'It is mended: send now',
  'webhook.resume.body': 'Messages that wait are sent at once, in their order.',
  'webhook.resumed': 'Resumed.',
  'webhook.deliveries': 'Messages of the last seven days',
  'webhook.filter': 'State',
  'webhook.filter.any': 'any',
  'webhook.none': 'No message.',
  'webhook.redeliver': 'Send again',
  'webhook.redeliver.label': 'Send “{type}” again',
  'webhook.redelivered': 'It will be sent once more.',
  'webhook.attempts': '{n} tries',
  'webhook.next': 'next',
  'webhook.finished': 'ended',

  'delivery.waiting': 'waiting',
  'delivery.delivered': 'delivered',
  'delivery.given-up': 'given up',

  'delivery.failure.time-out': 'no answer within 15 seconds',
  'delivery.failure.connection': 'no connection',
  'delivery.failure.address-refused': 'the address may not be used (an internal one, for instance)',
  'delivery.failure.redirect': 'answered with a redirect',
  'delivery.failure.status': 'answered {status}',
  'delivery.failure.gone': 'answered 410: wants no more',
};
