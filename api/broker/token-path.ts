/** The one path that takes a form. */
export const TOKEN_PATH = '/oauth/token';
