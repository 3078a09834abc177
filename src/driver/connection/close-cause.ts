/** What a WebSocket close code (RFC 6455 7.4) says about the end of a connection. 1006: it ended without a close message. */
export function closeCause(code: number, reason = ''): string {
  if (code === 1006) {
    return 'the connection broke without a close message (1006): the network is down, or the process there was killed';
  }
  const text = reason === '' ? String(code) : `${code} ${reason}`;
  return `the other end closed the connection (${text})`;
}
