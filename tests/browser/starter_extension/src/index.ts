/** What the SDK's documentation begins with: connect to Looker, make a client of its API, ask who is looking. */
import { connectExtensionHost, LookerExtensionSDK } from '@looker/extension-sdk';

async function start(): Promise<void> {
  const extension = await connectExtensionHost();
  const looker = LookerExtensionSDK.createClient(extension);
  const answer = await looker.me();
  const greeting = document.createElement('h1');
  greeting.textContent = `Hello, ${answer.ok ? answer.value.display_name : 'stranger'}`;
  document.body.append(greeting);
}

void start();
