import type { VNode } from 'preact';
import { PATHS } from '../../paths.ts';
import type { Route } from '../../route.ts';
import { NotFound } from '../not-found.tsx';
import { Devices } from './devices.tsx';
import { DutyFreeCounter } from './duty-free.tsx';
import { Leave } from './leave.tsx';
import { Lookups } from './lookups.tsx';
import { Me } from './me.tsx';
import { Phone } from './phone.tsx';
import { Settings } from './settings.tsx';

const PARTS: Readonly<Record<string, () => VNode>> = {
  devices: Devices,
  phone: Phone,
  lookups: Lookups,
  'duty-free': DutyFreeCounter,
  settings: Settings,
  leave: Leave,
};

/** The person's own: identity, devices, settings. */
export const meRoutes: readonly Route[] = [
  { path: PATHS.me, screen: () => <Me /> },
  {
    path: PATHS.mePart,
    screen: ({ part = '' }) => {
      const Part = PARTS[part] ?? NotFound;
      return <Part />;
    },
  },
];
