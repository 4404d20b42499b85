// @ts-check
/** The sign-in window's first page: asks the host page where to go, and goes there with the request's own method. */

const state = location.hash.slice(1);
const channel = new BroadcastChannel('looker-oauth2');
channel.addEventListener('message', ({ data }) => {
  if (data?.kind !== 'go' || data.state !== state) return;
  channel.close();
  /** @type {Record<string, string>} */
  const parameters = data.parameters;
  if (data.method === 'POST') {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = data.endpoint;
    for (const [name, value] of Object.entries(parameters)) {
      const field = document.createElement('input');
      Object.assign(field, { type: 'hidden', name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
    return;
  }
  const url = new URL(data.endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.replace(url);
});
channel.postMessage({ kind: 'ready', state });

export {};
