// @ts-check
/** Where third parties send the sign-in window back to: hands the answer to the host page and closes. */

const answer = Object.fromEntries([...new URLSearchParams(location.search), ...new URLSearchParams(location.hash.slice(1))]);
history.replaceState(null, '', location.pathname); // the answer holds a code or token: not in the history
new BroadcastChannel('looker-oauth2').postMessage({ kind: 'answer', state: answer.state, answer });
const status = document.querySelector('[role=status]');
if (status) status.textContent = 'Signed in. You can close this window.';
window.close();

export {};
