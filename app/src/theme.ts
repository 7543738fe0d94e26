/** Light, dark, or as the phone has it: kept on this device. */
import { createStore } from './store.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'theme';

export const theme = createStore<Theme>('system');

export function startTheme(): void {
  apply(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system');
}

export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen);
  apply(chosen);
}

function apply(chosen: Theme): void {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  theme.set(chosen);
}
