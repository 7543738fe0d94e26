import type { common as source } from './common.zh-TW.ts';
import type { Translation } from './message.ts';

export const common: Translation<typeof source> = {
  'app.name': 'Consentry',
  'app.tagline': 'Powers of attorney for imports',
  'app.skip': 'Skip to content',

  'nav.label': 'Main menu',
  'nav.inbox': 'To confirm',
  'nav.history': 'History',
  'nav.me': 'Me',
  'nav.back': 'Back',

  'action.continue': 'Continue',
  'action.cancel': 'Cancel',
  'action.close': 'Close',
  'action.retry': 'Try again',
  'action.done': 'Done',
  'action.home': 'To the start',
  'action.login': 'Log in again',

  'language.label': 'Language',
  'language.zh-TW': '中文',
  'language.en': 'English',

  'state.loading': 'Loading…',
  'state.working': 'Working…',
  'state.stale': 'This could not be refreshed and may be out of date.',
  'state.offline': 'You are offline',

  'sandbox.title': 'This is a sandbox',
  'sandbox.body': 'No real operator, no real Customs. Enter no real personal data.',
  'sandbox.messages': 'SMS and push',
  'sandbox.telecom': 'Operator',
  'sandbox.customs': 'Customs',

  'update.title': 'A new version is ready',
  'update.action': 'Update now',

  'problem.offline.title': 'No connection',
  'problem.offline.body': 'Check your network and try again. What you just did may not have arrived.',
  'problem.unavailable.title': 'The service is not available right now',
  'problem.unavailable.body': 'Try again in a moment. Nothing of yours is lost.',
  'problem.rate.title': 'Too many tries',
  'problem.rate.body': {
    one: 'Try again in {n} second.',
    other: 'Try again in {n} seconds.',
  },
  'problem.not-found.title': 'This page does not exist',
  'problem.not-found.body': 'The link may have ended, or it belongs to somebody else.',
  'problem.forbidden.title': 'This is not possible',
  'problem.forbidden.body': 'Reload the page and try again.',
  'problem.cancelled.title': 'Not verified yet',
  'problem.cancelled.body': 'You cancelled, or it took too long. Nothing was sent.',
  'problem.rejected.title': 'The passkey was not accepted',
  'problem.rejected.body':
    'Try again on the device that you registered, with fingerprint, face or screen lock.',
  'problem.other.title': 'Something went wrong',
  'problem.other.body': 'Try again in a moment.',
};
