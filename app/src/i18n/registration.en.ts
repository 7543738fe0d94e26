import type { Translation } from './message.ts';
import type { registration as source } from './registration.zh-TW.ts';

export const registration: Translation<typeof source> = {
  'welcome.lead': 'Nobody imports a parcel in your name without your touch.',
  'welcome.how':
    'Prove once, through the SIM of your phone, who you are. Then look at each import declaration and confirm it with one touch.',
  'welcome.register': 'Verify my identity',
  'welcome.login': 'I am registered: log in',
  'welcome.lost': 'Lost your phone, or a new one?',
  'welcome.lost.body':
    'Verify again with the same ID and phone number, and go on with your new phone. With a new number, too: choose “Verify my identity” and fill in the new one.',

  'login.title': 'Log in',
  'login.body':
    'Use the passkey that you made when you registered: this phone’s fingerprint, face or screen lock.',
  'login.action': 'Log in with my passkey',
  'login.none': 'No passkey on this phone?',
  'login.none.body': 'Verify your identity once more; everything of yours will be there.',
  'login.unsupported':
    'This browser knows no passkeys. Use a recent Chrome, Safari, Firefox or Edge instead.',

  'register.progress': 'Step {n} of {total}',
  'register.notice.title': 'Before you begin',
  'register.notice.body': 'The law asks us to tell you this before we verify your identity.',
  'register.notice.accept': 'I understand, continue',
  'register.paper': 'Rather on paper? Ask your customs broker for a paper power of attorney.',

  'register.id.title': 'Your ID number',
  'register.id.label': 'National ID or residence permit number',
  'register.id.hint': 'For example A123456789',
  'register.id.national_id_card': 'National ID, the check digit is right',
  'register.id.residence_permit': 'Residence permit, the check digit is right',
  'register.id.typing': 'Not complete yet: 10 characters',
  'register.id.empty': 'Fill in your ID number.',
  'register.id.shape':
    'One letter and nine digits; older residence permits have two letters and eight digits.',
  'register.id.checksum': 'The check digit is wrong. Look at your card again.',

  'register.person.title': 'Name and date of birth',
  'register.name.label': 'Name',
  'register.name.hint': 'As on your ID. With a residence permit, your English name.',
  'register.name.empty': 'Fill in your name.',
  'register.name.odd': 'There are invisible or special characters in it. Type it again.',
  'register.name.space': 'Chinese names have no space as a rule. Check it again.',
  'register.name.wide': 'There are full-width letters in it. Check it again.',
  'register.birth.legend': 'Date of birth',
  'register.birth.hint': 'The year in either calendar: 1990 or 79',
  'register.birth.year': 'Year',
  'register.birth.month': 'Month',
  'register.birth.day': 'Day',
  'register.birth.incomplete': 'Fill in year, month and day.',
  'register.birth.wrong': 'There is no such date. Look again.',
  'register.birth.ok': '{year}-{month}-{day} (ROC year {roc})',
  'register.birth.before-roc': '{year}-{month}-{day}',

  'register.phone.title': 'Your phone number',
  'register.phone.label': 'Mobile number',
  'register.phone.hint': 'A Taiwan number with a contract in your own name',
  'register.phone.wrong': 'This is no Taiwan mobile number, such as 0912-345-678.',
  'register.phone.prepaid': 'Prepaid numbers cannot be verified online',
  'register.phone.prepaid.body':
    'With a prepaid number or no phone, use a paper power of attorney: ask your broker for it, sign it and give it back. You will get your parcel all the same.',

  'register.operator.title': 'Your operator',
  'register.operator.legend': 'Whose is this number now?',
  'register.operator.hint':
    'If you took your number along to another operator: the one that sends the bill now.',
  'register.operator.empty': 'Choose your operator.',
  'operator.sandbox': 'Sandbox operator (for tests)',
  'operator.cht': 'Chunghwa Telecom',
  'operator.twm': 'Taiwan Mobile',
  'operator.fet': 'Far EasTone',

  'register.network.title': 'Turn Wi-Fi off, then let your operator confirm',
  'register.network.body':
    'Your operator recognises you by the SIM in this phone. There is nothing to type, and it takes seconds.',
  'register.network.step-1': 'Turn off Wi-Fi and VPN',
  'register.network.step-2': 'Turn on mobile data with the SIM of {phone}',
  'register.network.step-3': 'Touch the button below',
  'register.network.wifi': 'You are on Wi-Fi',
  'register.network.wifi.body': 'Over Wi-Fi your operator cannot see your SIM. Turn Wi-Fi off first.',
  'register.network.go': 'Confirm my number',
  'register.network.change': 'Change what I filled in',

  'register.problem.title': 'Something needs a correction',
  'register.problem.body': 'Not everything passed the checks. Look at what is marked.',

  'registered.title': 'Identity check',
  'registered.waiting.title': 'Waiting for your operator',
  'registered.waiting.body': 'Finish on your operator’s page. If you closed it, just try again.',
  'registered.again': 'Try again',
  'registered.not-on-mobile-network.title': 'You are on Wi-Fi',
  'registered.not-on-mobile-network.body':
    'Your operator recognises your SIM over mobile data only. Turn off Wi-Fi and VPN, go online with the number to be verified, and try again. With two SIMs, switch mobile data to that number.',
  'registered.authorization-expired.title': 'That took too long',
  'registered.authorization-expired.body': 'This check has expired, and nothing has changed. Try again.',
  'registered.operator-unavailable.title': 'Your operator does not answer at the moment',
  'registered.operator-unavailable.body':
    'We keep trying, and nothing of yours is lost. You may also come back later.',
  'registered.verifying.title': 'Checking',
  'registered.verifying.body': 'Your operator compares your number with your ID.',
  'registered.binding.title': 'Your operator has confirmed',
  'registered.binding.body':
    'Customs is setting up your file. If it takes a while, make your passkey meanwhile.',
  'registered.held.title': 'Your new number is waiting',
  'registered.held.body':
    'This ID is bound to another number. To keep thieves out, the change takes effect at {until}. We have told the old number, whose owner can refuse.',
  'registered.held.faster': 'At once instead?',
  'registered.held.faster.body':
    'On a phone where you can still log in, ask for it under “Me → Change phone number”: it takes effect at once.',
  'registered.bound.title': 'Verified',
  'registered.bound.body': 'Your identity is bound to this number, and Customs has its file.',
  'registered.abandoned.title': 'This check was given up',
  'registered.abandoned.body': 'It was not finished in time, and nothing has changed.',
  'registered.restart': 'Begin again',
  'registered.elsewhere.title': 'Go back to the browser where you began',
  'registered.elsewhere.body':
    'For your safety only the browser that began sees the result. If you cannot find it, just verify again.',
  'registered.check': 'Check what I filled in',

  'refused.title': 'It did not work this time',
  'refused.number-not-verified.title': 'Another number',
  'refused.number-not-verified.body':
    'The SIM that you are online with has another number. Go online with the number to be verified, or fill in the number of this SIM.',
  'refused.id-mismatch.title': 'ID or date of birth differs from your operator’s',
  'refused.id-mismatch.body':
    'Compare with your card. If the contract is in the name of somebody else, this number cannot be used.',
  'refused.name-mismatch.title': 'The name differs from your operator’s',
  'refused.name-mismatch.body':
    'Use the name in your contract. If you changed your name, have your operator update it first.',
  'refused.identifier-not-found.title': 'This operator does not know the number',
  'refused.identifier-not-found.body':
    'It may have moved to another operator. Choose the one that sends the bill now.',
  'refused.prepaid.title': 'Prepaid numbers cannot be verified online',
  'refused.prepaid.body':
    'The number needs a contract in your own name. Use such a number, or a paper power of attorney.',
  'refused.phone-in-use.title': 'This number is bound to somebody else',
  'refused.phone-in-use.body':
    'Check the number. If you have just got it, try again once your operator’s records are up to date; when it is urgent, use paper.',
  'refused.change-of-phone.title': 'Your number was not changed',
  'refused.change-of-phone.body':
    'The owner of the old number refused, or another change is waiting already. If all of this is you, ask under “Me → Change phone number” on a phone where you can log in.',
  'refused.customs-refused.title': 'Customs did not accept the file',
  'refused.customs-refused.body':
    'Make sure that your ID is valid and your data are right, and try again; when it is urgent, use paper.',
  'refused.paper.title': 'How does paper work?',
  'refused.paper.body':
    'Ask the broker that imports for you (the courier or forwarder that wrote to you) for a power of attorney. Sign it and give it back with a copy of your ID.',

  'passkey.title': 'Make your passkey',
  'passkey.body':
    'From now on you log in and sign with this phone’s fingerprint, face or screen lock. The key stays in your device; we never see it.',
  'passkey.create': 'Make a passkey',
  'passkey.exists': 'This phone has a passkey already: just log in.',
  'passkey.late.title': 'The time is over',
  'passkey.late.body':
    'A passkey can be made within 10 minutes of the check. Verify once more; your records stay as they are.',

  'notify.title': 'May we notify you?',
  'notify.body':
    'Flights often land at night. With notifications you miss nothing that waits for you; they never say what is in a parcel.',
  'notify.on': 'Turn on notifications',
  'notify.later': 'Not now, SMS will do',
  'notify.denied':
    'Notifications are blocked. Allow them in your phone’s settings; until then we send an SMS.',
  'notify.needs-install':
    'On an iPhone, first choose “Share → Add to Home Screen” and open the app from there. Then notifications work.',
  'notify.unsupported': 'This browser receives no notifications, so we send you an SMS.',
  'notify.continue': 'See what waits for me',
};
