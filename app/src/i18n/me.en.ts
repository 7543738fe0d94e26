import type { me as source } from './me.zh-TW.ts';
import type { Translation } from './message.ts';

export const me: Translation<typeof source> = {
  'me.title': 'Me',
  'me.identity.title': 'My identity',
  'me.identity.name': 'Name',
  'me.identity.id': 'ID number',
  'me.identity.birth': 'Date of birth',
  'me.identity.phone': 'Phone number',
  'me.identity.operator': 'Operator',
  'me.identity.verified': 'Verified',
  'me.identity.show': 'Show everything',
  'me.identity.hide': 'Hide',

  'me.suspended.title': 'Your identity is suspended',
  'me.suspended.sim-swapped':
    'Your operator says that the SIM of this number was changed after you were verified. To keep thieves out, nothing can be confirmed until you verify again.',
  'me.suspended.number-recycled':
    'Your operator says that this number has a new owner. Verify again with your present number.',
  'me.suspended.other':
    'Ask our support for the reason. You can still answer “It does not match” and “It is not mine”.',
  'me.suspended.verify': 'Verify again',

  'me.change.title': 'Somebody asks to change your number',
  'me.change.body':
    'At {requested} somebody asked, with your ID, to move to another number. It takes effect at {effective}. If this was not you, refuse now.',
  'me.change.refuse': 'Not me: refuse',
  'me.change.refused': 'Refused. Your number stays.',

  'me.freeze.title': 'Freeze my identity',
  'me.freeze.body':
    'While frozen, nobody (not even you) can confirm a declaration. “It does not match” and “It is not mine” still work. You can end it at any time.',
  'me.freeze.on': 'Freeze',
  'me.freeze.done': 'Frozen: nothing can be confirmed in your name.',
  'me.frozen.title': 'Your identity is frozen',
  'me.frozen.body': 'Since {at} nothing can be confirmed.',
  'me.freeze.off': 'Unfreeze',
  'me.freeze.undone': 'Not frozen any more.',

  'me.devices.title': 'Devices and passkeys',
  'me.devices.short': 'See what can sign for you',
  'me.devices.passkeys': 'Passkeys',
  'me.devices.sessions': 'Logged in on',
  'me.devices.unknown': 'Unknown device',
  'me.devices.current': 'This device',
  'me.devices.created': 'Made',
  'me.devices.used': 'Last used',
  'me.devices.synced': 'Synced to other devices of your account',
  'me.devices.since': 'Since',
  'me.devices.revoke': 'Revoke',
  'me.devices.revoke.title': 'Revoke this passkey?',
  'me.devices.revoke.body': 'Devices that logged in with it are logged out at once and can sign no more.',
  'me.devices.revoke.last':
    'This is your only passkey. After revoking it you have to verify your identity to log in again.',
  'me.devices.revoked': 'Revoked.',
  'me.devices.add': 'Add a passkey on this device',
  'me.devices.added': 'Added.',
  'me.devices.end': 'Log out',
  'me.devices.end-others': 'Log out all others',
  'me.devices.ended': 'Logged out.',

  'me.phone.title': 'Change phone number',
  'me.phone.short': 'Have a new number? Update it here',
  'me.phone.body':
    'Show first that it is you (with your passkey), then verify with the SIM of the new number. It takes effect at once.',
  'me.phone.now': 'Present number',
  'me.phone.start': 'Begin',

  'me.lookups.title': 'Who looked at my data',
  'me.lookups.short': 'Every look-up by Customs is recorded',
  'me.lookups.empty': 'Nobody has looked',
  'me.lookups.empty.body':
    'When Customs looks up a power of attorney of yours, you see here when, who and why.',
  'me.lookups.officer': 'Officer',
  'me.lookups.reason': 'Reason',
  'me.lookups.waybill': 'Waybill',
  'me.lookups.at': 'When',
  'me.lookups.none': 'Not given',

  'me.duty.title': 'Duty-free imports',
  'me.duty.short': 'How many are left this half-year',
  'me.duty.count': '{n} of {limit}',
  'me.duty.period': '{from} to {to}',
  'me.duty.left': {
    one: '{n} more duty-free import in this half-year.',
    other: '{n} more duty-free imports in this half-year.',
  },
  'me.duty.over': 'None is left in this half-year: duty is due on every further import.',
  'me.duty.unsure': {
    one: '{n} more cannot be judged, for want of an exchange rate.',
    other: '{n} more cannot be judged, for want of an exchange rate.',
  },
  'me.duty.rule':
    'An import worth at most NT$2,000 is duty-free; from the 7th within a half-year (January–June, July–December) it is not. Counted here is what you confirmed with us; Customs decides.',

  'me.settings.title': 'Notifications, language, look',
  'me.settings.short': 'Settings of this phone',
  'me.settings.language': 'Language',
  'me.settings.theme': 'Look',
  'me.settings.theme.system': 'As the phone',
  'me.settings.theme.light': 'Light',
  'me.settings.theme.dark': 'Dark',
  'me.settings.push': 'Notifications on this phone',
  'me.settings.push.on': 'On: you hear when a declaration waits for you.',
  'me.settings.push.off': 'Off: we send an SMS.',
  'me.settings.push.turn-on': 'Turn on',
  'me.settings.push.turn-off': 'Turn off',

  'me.leave.title': 'Leave and delete',
  'me.leave.short': 'Unbind my number and leave',
  'me.leave.body':
    'Your number’s binding, passkeys and logins end at once, and so does your file at Customs. For declarations that still wait for you, the broker has to find another way.',
  'me.leave.kept':
    'Powers of attorney are kept as the law asks, until six months after they ended (longer under a legal hold), and then destroyed.',
  'me.leave.action': 'Leave and delete',
  'me.leave.confirm': 'Really leave?',
  'me.leave.confirm.body': 'This cannot be undone. To come back you have to verify your identity again.',
  'me.leave.done.title': 'You have left',
  'me.leave.done.body': 'Your binding and logins have ended. Thank you for having used this service.',

  'me.logout': 'Log out',
};
