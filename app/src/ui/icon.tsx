/** Line icons of 24 × 24, in the colour of their text; always beside words. */
const PATHS = {
  info: 'M12 11v6M12 7.5v.5M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0',
  warn: 'M12 9v5M12 17v.5M10.3 3.9 2.4 18a2 2 0 0 0 1.7 3h15.8a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z',
  danger: 'M12 7v6M12 16.5v.5M8 3h8l5 5v8l-5 5H8l-5-5V8Z',
  check: 'm8 12.5 3 3 5.5-6.5M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0',
  back: 'm14 6-6 6 6 6',
  inbox: 'M3 13h5l1.5 3h5L16 13h5M3 13v6h18v-6M3 13 6 5h12l3 8',
  history: 'M12 7v5l3.5 2M3 12a9 9 0 1 0 3-6.7M3 4v4h4',
  person: 'M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4 21c.6-4 3.8-6 8-6s7.4 2 8 6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
