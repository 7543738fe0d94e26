/** Class names, those that are off left out. */
export const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');
