import type { ClientRequest } from 'node:http';

/**
 * A server that answers `101 Switching Protocols` to whom asked for none: Node hands the bare connection over, beyond the reach of
 * the request's time-out, and says nothing else. It is ended, and the status told.
 */
export function endOnUpgrade(request: ClientRequest, tell: (status: number) => void): void {
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    tell(response.statusCode ?? 0);
  });
}
