import { WebSocket, type ClientOptions } from 'ws';
import { SoftqdError } from '../../base/errors.ts';

/** Largest part of an HTTP refusal that is handed on. */
const MAX_QUOTED_CHARS = 512;

export interface OpenWebSocketOptions {
  readonly url: string;
  readonly protocols?: readonly string[];
  readonly headers?: ClientOptions['headers'];
  readonly maxMessageBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What an error before the socket is open means. */
  readonly failed: (error: Error) => SoftqdError;
  /** What an HTTP answer that is no WebSocket means; `text` is the beginning of its body. */
  readonly refused: (status: number, text: string) => SoftqdError;
}

/** Opens a WebSocket without compression. Throws E_CONNECT when canceled, else what `failed` and `refused` make of it; a half-open socket is ended. */
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
      // terminate() during the handshake reports one more error, which nobody waits for.
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
