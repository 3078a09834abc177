import { WebSocket, type ClientOptions } from 'ws';
import { SoftqdError } from '../../base/errors.ts';

/** Max length of the body of an HTTP error that is passed on. */
const MAX_QUOTED_CHARS = 512;

export interface OpenWebSocketOptions {
  readonly url: string;
  readonly protocols?: readonly string[];
  readonly headers?: ClientOptions['headers'];
  readonly maxMessageBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Converts an error before the socket is open. */
  readonly failed: (error: Error) => SoftqdError;
  /** Converts an HTTP response that rejects the upgrade; `text` is the start of its body. */
  readonly refused: (status: number, text: string) => SoftqdError;
}

/** Opens a WebSocket without compression. Throws E_CONNECT when canceled, else the error of `failed` or `refused`. */
export function openWebSocket(options: OpenWebSocketOptions): Promise<WebSocket> {
  const { url, signal, failed, refused } = options;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [...(options.protocols ?? [])], {
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      handshakeTimeout: options.timeoutMs,
    });
    let settled = false;
    const settle = (error: SoftqdError | null): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      if (!error) {
        resolve(socket);
        return;
      }
      // terminate() during the handshake emits one more error, which is ignored.
      socket.on('error', () => undefined);
      socket.terminate();
      reject(error);
    };
    const onAbort = (): void => settle(new SoftqdError('E_CONNECT', `connecting to ${url} was canceled`));
    signal?.addEventListener('abort', onAbort);
    socket.on('open', () => settle(null));
    socket.on('error', (error) => settle(failed(error)));
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text = (text + part).slice(0, MAX_QUOTED_CHARS)));
      response.on('close', () => settle(refused(response.statusCode ?? 0, text.trim())));
    });
    if (signal?.aborted) onAbort();
  });
}
