/** An answer in CAMARA's error form: `{status, code, message}`. */
export class CamaraError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  body(): { status: number; code: string; message: string } {
    return { status: this.status, code: this.code, message: this.message };
  }
}

/** CAMARA's code for a status that a fault asks for. */
export const codeOfStatus = (status: number): string =>
  ({
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    422: 'SERVICE_NOT_APPLICABLE',
    429: 'TOO_MANY_REQUESTS',
    500: 'INTERNAL',
    501: 'NOT_IMPLEMENTED',
    502: 'BAD_GATEWAY',
    503: 'UNAVAILABLE',
    504: 'TIMEOUT',
  })[status] ?? 'UNKNOWN';
