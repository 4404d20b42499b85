// @ts-check
/**
 * The message protocol between an extension and its host page, over one MessagePort.
 * Numbers differ by direction. A reply's payload is an array; a refusal's is a plain string.
 */

const FromExtension = { Syn: 0, Ack: 1, Message: 2, MessageWithResponse: 3, Response: 4, ResponseError: 5, Abort: 6 };
const ToExtension = { SynAck: 0, Message: 1, MessageWithResponse: 2, Response: 3, ResponseError: 4, Abort: 5 };

export const REQUEST = 'EXTENSION_API_REQUEST';
export const NOTIFICATION = 'EXTENSION_NOTIFICATION';

/** @param {unknown} data whether a window message opens a connection */
export const isSyn = (data) =>
  typeof data === 'object' && data !== null && /** @type {{action?: unknown}} */ (data).action === FromExtension.Syn;

/** @param {unknown} error @returns {string} what the extension is told: Error objects would arrive as "Error: …" */
export const sentence = (error) => (error instanceof Error ? error.message : String(error));

export class Connection {
  /** @type {MessagePort} */ #port;
  /** @type {(request: any, signal: AbortSignal) => unknown} */ #onRequest;
  /** @type {() => void} */ #onAck;
  /** @type {Map<number, AbortController>} */ #running = new Map();
  /** @type {Map<number, {resolve: (value: any) => void, reject: (reason: string) => void}>} */ #waiting = new Map();
  #sequence = 0;

  /**
   * @param {MessagePort} port the extension's end came with its Syn
   * @param {(request: any, signal: AbortSignal) => unknown} onRequest answers one request, now or later
   * @param {() => void} onAck the extension is ready for messages
   */
  constructor(port, onRequest, onAck) {
    this.#port = port;
    this.#onRequest = onRequest;
    this.#onAck = onAck;
    port.onmessage = (event) => this.#receive(event.data);
    this.#post(ToExtension.SynAck);
  }

  /** @param {string} eventName @param {unknown} payload a message without an answer */
  send(eventName, payload) {
    this.#post(ToExtension.Message, { eventName, payload: [payload] });
  }

  /**
   * @param {string} eventName
   * @param {unknown} payload
   * @returns {Promise<any>} the first value of the answer; rejects with a plain string
   */
  ask(eventName, payload) {
    const sequence = ++this.#sequence;
    return new Promise((resolve, reject) => {
      this.#waiting.set(sequence, { resolve, reject });
      this.#post(ToExtension.MessageWithResponse, { eventName, payload: [payload], sequence });
    });
  }

  close() {
    for (const controller of this.#running.values()) controller.abort('The extension was closed.');
    for (const { reject } of this.#waiting.values()) reject('The extension was closed.');
    this.#running.clear();
    this.#waiting.clear();
    this.#port.close();
  }

  /** @param {number} action @param {object} [data] */
  #post(action, data = {}) {
    this.#port.postMessage({ action, data });
  }

  /** @param {any} message comes from the extension: nothing about its shape is sure */
  #receive(message) {
    const { action, data } = message ?? {};
    const payload = Array.isArray(data?.payload) ? data.payload : [data?.payload];
    switch (action) {
      case FromExtension.Ack:
        return this.#onAck();
      case FromExtension.Message:
        if (data?.eventName === REQUEST) this.#run(payload[0], new AbortController().signal).catch(() => {});
        return;
      case FromExtension.MessageWithResponse:
        return void this.#answer(data?.eventName, payload[0], data?.sequence);
      case FromExtension.Response:
        return this.#settle(data?.sequence, (waiting) => waiting.resolve(payload[0]));
      case FromExtension.ResponseError:
        return this.#settle(data?.sequence, (waiting) => waiting.reject(sentence(payload[0])));
      case FromExtension.Abort:
        return this.#running.get(data?.sequence)?.abort(payload[0]?.reason ?? 'Abort');
    }
  }

  /** @param {any} request @param {AbortSignal} signal */
  async #run(request, signal) {
    return this.#onRequest(request, signal);
  }

  /** @param {string} eventName @param {any} request @param {number} sequence */
  async #answer(eventName, request, sequence) {
    const controller = new AbortController();
    this.#running.set(sequence, controller);
    const aborted = new Promise((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(sentence(controller.signal.reason)));
    });
    try {
      if (eventName !== REQUEST) throw `The host does not know the event ${eventName}.`;
      const value = await Promise.race([this.#run(request, controller.signal), aborted]);
      this.#post(ToExtension.Response, { eventName, payload: [value], sequence });
    } catch (error) {
      this.#post(ToExtension.ResponseError, { eventName, payload: sentence(error), sequence });
    } finally {
      this.#running.delete(sequence);
    }
  }

  /** @param {number} sequence @param {(waiting: {resolve: (value: any) => void, reject: (reason: string) => void}) => void} use */
  #settle(sequence, use) {
    const waiting = this.#waiting.get(sequence);
    this.#waiting.delete(sequence);
    if (waiting) use(waiting);
  }
}
