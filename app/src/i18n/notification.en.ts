import type { Translation } from './message.ts';
import type { notification as source } from './notification.zh-TW.ts';

export const notification: Translation<typeof source> = {
  'notification.ask.title': 'An import declaration waits for you',
  'notification.ask.body': 'Check it, then answer: it matches, it does not, or it is not mine.',
  'notification.several.title': 'Several import declarations wait for you',
  'notification.several.body': 'Check and answer each: it matches, it does not, or it is not mine.',
  'notification.reminder.title': 'Reminder: a declaration still waits',
  'notification.reminder.body': 'Without an answer in time there is no consent, and your parcel may be late.',
  'notification.withdrawn.title': 'A declaration was withdrawn',
  'notification.withdrawn.body': 'You need not answer it any more.',
  'notification.recovered.title': 'Your account was set up again on another device',
  'notification.recovered.body': 'If that was not you, look into it now.',
  'notification.phone-change.title': 'Someone asks to move your account to another phone number',
  'notification.phone-change.body': 'If that was not you, refuse it now.',
};
